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

  it("is the only one that keeps the secret, in Google Secret Manager", () => {
    const [google] = target("capanel", "VITE_STRAPI_API_KEY");
    assert.equal(google?.store, "google-secret-manager:capanel-vite-strapi-api-key");
    assert.equal(google.intake, false);
  });

  for (const [why, name, settings, store] of [
    [
      "objects in the cluster are made of the value",
      "OPENROUTER_API_KEY",
      { backends: ["aws"] },
      "aws-secrets-manager:project/prod/intake/openrouter-api-key",
    ],
    [
      "AWS keeps it alone",
      "OPENROUTER_API_KEY",
      synced,
      "aws-secrets-manager:project/prod/intake/openrouter-api-key",
    ],
    [
      "Vault keeps it",
      "OPENROUTER_API_KEY",
      { backends: ["vault"] },
      "vault-kv:secret/project/prod/intake/openrouter-api-key",
    ],
    [
      "two stores keep it",
      "OPENROUTER_API_KEY",
      { ...synced, backends: ["aws", "vault"] },
      "vault-kv:secret/project/prod/intake/openrouter-api-key",
    ],
    [
      "it has parts",
      "GMAIL_CLIENT_SECRET",
      { backends: ["aws"] },
      "aws-secrets-manager:project/prod/intake/gmail-client-secret",
    ],
    [
      "a developer's env file gets it too",
      "OPENROUTER_API_KEY",
      { ...synced, envFile: ".env" },
      "aws-secrets-manager:project/prod/intake/openrouter-api-key",
    ],
    [
      "its mount and prefix are others",
      "OPENROUTER_API_KEY",
      { backends: ["vault"], vault: { mount: "kv", prefix: "team/project" } },
      "vault-kv:kv/team/project/intake/openrouter-api-key",
    ],
  ] as const)
    it(`is an intake entry, from which the program hands the value on, where ${why}`, () => {
      const [found] = target("project", name, settings);
      assert.deepEqual([found?.store, found?.intake], [store, true]);
    });

  for (const [why, given, message] of [
    [
      "the values are environment variables only",
      ["project", "OPENROUTER_API_KEY", { backends: ["env"] }],
      /OPENROUTER_API_KEY: objects of the cluster are all that keeps it/,
    ],
    ["a machine's env file gets it", ["mgmt-vibe", "OPENAI_API_KEY", {}], /env file on a machine/],
    [
      "Google keeps it and a developer's env file gets it",
      ["capanel", "VITE_STRAPI_API_KEY", { envFile: ".env" }],
      /env file \(envFile\)/,
    ],
    ["it is generated", ["capanel", "SECRET_KEY", {}], /SECRET_KEY: it is generated/],
  ] as const)
    it(`is none where ${why}, which is refused with what to do instead`, () => {
      const error = refused(...(given as unknown as Parameters<typeof target>));
      assert.deepEqual([error.exitCode, error.code], [2, "not-to-store"]);
      assert.ok(error.message.startsWith(NOT_HERE), error.message);
      assert.match(error.message, message);
      assert.match(String(error.fix), /^leave --to-store out/);
    });
});
