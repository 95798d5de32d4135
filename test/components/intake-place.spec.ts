import assert from "node:assert/strict";
import { intakeEntryOf, placeOfIntake } from "../../components/intake-place";

describe("components/intake-place", () => {
  it("reads where a value was taken in from its reference, in Vault and in AWS", () => {
    assert.deepEqual(placeOfIntake("secret/data/project/prod/intake/smtp-key/g5"), {
      store: "vault-kv",
      mount: "secret",
      path: "project/prod/intake/smtp-key/g5",
    });
    assert.deepEqual(placeOfIntake("kv/team/data/data/intake/key/g1"), {
      store: "vault-kv",
      mount: "kv/team",
      path: "data/intake/key/g1",
    });
    const entry = "arn:aws:secretsmanager:us-east-1:111122223333:secret:project/intake/key-AbCdEf";
    assert.deepEqual(placeOfIntake(`${entry}|0a1b`), {
      store: "aws-secrets-manager",
      entry,
      version: "0a1b",
    });
  });

  it("is nowhere for other texts", () => {
    for (const text of ["", "a value", "secret/data/", "/data/x", "arn:aws:x", "3", "a|b"])
      assert.equal(placeOfIntake(text), undefined, text);
  });

  it("is beside the secret's own entry", () => {
    assert.equal(intakeEntryOf("project/prod/smtp-key"), "project/prod/intake/smtp-key");
    assert.equal(intakeEntryOf("smtp-key"), "intake/smtp-key");
  });
});
