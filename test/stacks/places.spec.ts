import assert from "node:assert/strict";
import { inventory } from "../../stacks/inventory";
import { placeOf, placed } from "../../stacks/places";
import { projectStack } from "./project/example";

const secrets = inventory(["project"]);

function stores(settings: unknown): readonly string[] | undefined {
  const found = placed(secrets, { "rekey:project": settings });
  return found.find(({ name }) => name === "JWT_SECRET")?.stores;
}

describe("stacks/places", () => {
  it("keeps of project the backends that the stack chooses, and the cluster's objects", () => {
    assert.deepEqual(stores({ backends: ["vault"] }), [
      "vault-kv:secret/project/prod/jwt-secret",
      "kubernetes-secret:jwt-secret",
    ]);
    assert.deepEqual(stores({ backends: ["env"] }), ["kubernetes-secret:jwt-secret"]);
    assert.equal(stores({ backends: ["aws", "vault"] })?.length, 3);
  });

  it("names entries as the settings do", () => {
    const settings = {
      backends: ["aws", "vault"],
      aws: { prefix: "example/staging" },
      vault: { mount: "kv", prefix: "example/staging" },
    };
    assert.deepEqual(stores(settings), [
      "aws-secrets-manager:example/staging/jwt-secret",
      "vault-kv:kv/example/staging/jwt-secret",
      "kubernetes-secret:jwt-secret",
    ]);
  });

  it("leaves what the settings do not say legally to the program's own refusal", () => {
    const declared = secrets.find(({ name }) => name === "JWT_SECRET")?.stores;
    for (const settings of [undefined, "text", [], { backends: "aws" }, { aws: 1 }])
      assert.deepEqual(stores(settings), declared);
  });

  it("leaves the secrets of the other systems as they are", () => {
    const others = inventory(["capanel", "mgmt-vibe"]);
    assert.deepEqual(placed(others, projectStack(["vault"])), others);
  });

  it("knows what a quota counts for", () => {
    const config = {
      "aws:region": "eu-west-1",
      "rekey:capanel": { project: "example-prod" },
      "rekey:project": { vault: { mount: "kv" }, aws: { region: "us-east-1" } },
    };
    const found = (system: string, kind: string) => placeOf(system, kind, config);
    assert.equal(found("capanel", "google-secret-manager"), "example-prod");
    assert.equal(found("project", "aws-secrets-manager"), "eu-west-1");
    assert.equal(found("project", "vault-kv"), "kv");
    assert.equal(found("project", "kubernetes-secret"), "project");
    assert.equal(found("mgmt-vibe", "env-file"), undefined);
    assert.equal(placeOf("capanel", "google-secret-manager", {}), undefined);
  });
});
