import assert from "node:assert/strict";
import { RekeyError } from "../../../operator/errors";
import { targetsOf } from "../../../operator/to-store/target";
import { declaredSecrets } from "../../../stacks/declared";
import type { System } from "../../../stacks/inventory";
import type { PlainMap } from "../../../operator/yaml-text";

const NOT_HERE = "--to-store is not possible, and nothing was written. ";

function target(system: System, name: string, settings: PlainMap = {}) {
  const config = { [`rekey:${system}`]: settings };
  const secret = declaredSecrets([system], "prod", config).find((one) => one.name === name);
  if (secret === undefined) throw new Error(`no secret ${name}`);
  return targetsOf([secret], config);
}

function refused(...given: Parameters<typeof target>): RekeyError {
  try {
    target(...given);
  } catch (error) {
    if (error instanceof RekeyError) return error;
    throw error;
  }
  throw new Error("not refused");
}

describe("the store that takes a new value past the program", () => {
  const synced = { backends: ["aws"], aws: { syncedByCluster: ["OPENROUTER_API_KEY"] } };

  it("is the only one that keeps the secret, in Google Secret Manager or in AWS", () => {
    const [google] = target("capanel", "VITE_STRAPI_API_KEY");
    assert.equal(google?.store, "google-secret-manager:capanel-vite-strapi-api-key");
    const [aws] = target("project", "OPENROUTER_API_KEY", synced);
    assert.equal(aws?.entry, "project/prod/openrouter-api-key");
  });

  for (const [why, given, message, fix] of [
    [
      "objects in the cluster are made of the value",
      ["project", "OPENROUTER_API_KEY", { backends: ["aws"] }],
      /the program makes its Kubernetes objects/,
      /rekey:project\.aws\.syncedByCluster/,
    ],
    [
      "two stores keep it together",
      ["project", "OPENROUTER_API_KEY", { ...synced, backends: ["aws", "vault"] }],
      /each write of a path in Vault/,
      /leave --to-store out/,
    ],
    [
      "Vault keeps it alone",
      ["project", "OPENROUTER_API_KEY", { backends: ["vault"] }],
      /each write of a path in Vault/,
      /leave --to-store out/,
    ],
    [
      "the values are environment variables only",
      ["project", "OPENROUTER_API_KEY", { backends: ["env"] }],
      /the program makes its Kubernetes objects/,
      /leave --to-store out/,
    ],
    [
      "a developer's env file gets it",
      ["project", "OPENROUTER_API_KEY", { ...synced, envFile: ".env" }],
      /env file \(envFile\)/,
      /leave --to-store out/,
    ],
    [
      "it has parts",
      ["project", "GMAIL_CLIENT_SECRET", { backends: ["aws"] }],
      /one value of clientId and secret/,
      /^leave --to-store out/,
    ],
    [
      "a machine's env file gets it",
      ["mgmt-vibe", "OPENAI_API_KEY", {}],
      /env file on a machine/,
      /leave --to-store out/,
    ],
    [
      "it is generated",
      ["capanel", "SECRET_KEY", {}],
      /SECRET_KEY: it is generated/,
      /leave --to-store out/,
    ],
  ] as const)
    it(`is none where ${why}, which is refused with what to do instead`, () => {
      const error = refused(...(given as unknown as Parameters<typeof target>));
      assert.deepEqual([error.exitCode, error.code], [2, "not-to-store"]);
      assert.ok(error.message.startsWith(NOT_HERE), error.message);
      assert.match(error.message, message);
      assert.match(String(error.fix), fix);
    });
});
