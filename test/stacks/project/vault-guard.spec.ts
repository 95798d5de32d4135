import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../../../components";
import { checkVaultSettings, noRootToken } from "../../../stacks/project/vault-guard";
import { stubbed } from "../../operator/convergence/stub";
import { named, run } from "../../support/mocks";
import { declared, runStack } from "../examples";
import { projectStack } from "./example";

const checked = (environment: string, config: Readonly<Record<string, string>>) =>
  run(() => checkVaultSettings(environment, new pulumi.Config("vault")), { config });

const refused = (path: string) => (error: unknown) =>
  error instanceof ConfigurationError && error.message.includes(path);

describe("stacks/project/vault-guard", () => {
  it("refuses an address on which somebody could listen in, and takes loopback outside prod", async () => {
    for (const address of [
      "http://vault.example.com:8200",
      "http://127.0.0.1.example.com",
      "vault",
    ])
      await assert.rejects(checked("dev", { "vault:address": address }), refused("vault:address"));
    const loopback = { "vault:address": "http://127.0.0.1:8200" };
    await checked("dev", loopback);
    await assert.rejects(checked("prod", loopback), refused("vault:address"));
    await checked("prod", { "vault:address": "https://vault.example.com:8200" });
  });

  it("refuses a certificate that nobody checks, in every environment", async () => {
    const config = { "vault:address": "https://vault.example.com", "vault:skipTlsVerify": "true" };
    await assert.rejects(checked("dev", config), refused("vault:skipTlsVerify"));
  });

  it("is asked before anything is declared, where Vault is a backend", async () => {
    const config = { ...projectStack(["vault"]), "vault:address": "http://192.0.2.9:8200" };
    await assert.rejects(runStack(config), { message: /vault:address/ });
    await runStack({ ...config, ...projectStack(["aws"]) });
  });

  it("stands before each write of a value", async () => {
    const resources = await declared(projectStack(["vault"]));
    const { beforeCreate, beforeUpdate } = named(resources, "project-vault-jwt-secret-secret");
    assert.deepEqual(beforeCreate, ["project-vault-token"]);
    assert.deepEqual(beforeUpdate, ["project-vault-token", "project-vault-jwt-secret-retires"]);
  });

  for (const [what, status, policies, holds] of [
    ["holds a write back under a root token", 200, ["root"], true],
    ["lets a program of its own rights write", 200, ["default", "rekey-deploy"], false],
    ["takes one that may not even look at itself for no root token", 403, [], false],
  ] as const)
    it(what, () =>
      stubbed(
        ({ path, headers }) => {
          assert.equal(path, "/v1/auth/token/lookup-self");
          assert.equal(headers["x-vault-token"], "example-token");
          return [status, { data: { policies } }];
        },
        async (url) => {
          const config = { "vault:address": url, "vault:token": "example-token" };
          const { result: hook } = await run(() => noRootToken("guard"), { config });
          const held = Promise.resolve(hook.callback({} as pulumi.ResourceHookArgs));
          if (!holds) return held;
          await assert.rejects(held, { message: /root token.*revoke -self/ });
        },
      ),
    );
});
