import assert from "node:assert/strict";
import {
  ConfigurationError,
  VaultAppRole,
  VaultAppRoleArgs,
  VaultKubernetesRole,
} from "../../../components";
import { named, run, settled } from "../../support/mocks";

const reads = [{ path: "project/prod/jwt-secret" }, { mount: "kv2", path: "shared/key" }];

function appRole(rest: Partial<VaultAppRoleArgs> = {}) {
  return run(() => new VaultAppRole("api", { roleName: "project-api", reads, ...rest }));
}

const refused = (rest: Partial<VaultAppRoleArgs>, message: RegExp) =>
  assert.rejects(appRole(rest), (error: Error) => {
    assert.ok(error instanceof ConfigurationError);
    assert.match(error.message, message);
    return true;
  });

describe("components/access: roles of Vault", () => {
  it("read exactly the paths that they name, and list nothing", async () => {
    const { inputs } = named((await appRole()).resources, "api-policy");
    assert.deepStrictEqual(inputs, {
      name: "project-api",
      policy: [
        'path "secret/data/project/prod/jwt-secret" {\n  capabilities = ["read"]\n}\n',
        'path "kv2/data/shared/key" {\n  capabilities = ["read"]\n}\n',
      ].join("\n"),
    });
  });

  it("see metadata and no value where they only watch", async () => {
    const { resources } = await appRole({ sees: "metadata" });
    const { policy } = named(resources, "api-policy").inputs as { policy: string };
    assert.match(policy, /secret\/metadata\/project/);
    assert.doesNotMatch(policy, /\/data\//);
  });

  it("give tokens and secret ids of bounded life, from anywhere unless networks are named", async () => {
    const { result, resources } = await appRole();
    const role = named(resources, "api-role");
    assert.deepStrictEqual(role.inputs, {
      backend: "approle",
      roleName: "project-api",
      secretIdTtl: 90 * 24 * 3600,
      tokenPolicies: ["project-api"],
      tokenTtl: 3600,
      tokenMaxTtl: 4 * 3600,
    });
    assert.deepEqual(role.dependencies, ["api-policy"]);
    assert.equal((await settled(result.roleId)).value, "api-role-role-id");
  });

  it("bind log-ins and tokens to networks, and limit a secret id's uses", async () => {
    const cidrs = ["192.0.2.0/24"];
    const { resources } = await appRole({ cidrs, secretIdUses: 1, backend: "services" });
    const { inputs } = named(resources, "api-role");
    assert.deepEqual([inputs.tokenBoundCidrs, inputs.secretIdBoundCidrs], [cidrs, cidrs]);
    assert.deepEqual([inputs.secretIdNumUses, inputs.backend], [1, "services"]);
  });

  it("refuse patterns, empty lists, lives without bound and names that mean more", async () => {
    await refused({ reads: [{ path: "project/prod/*" }] }, /no single secret's path/);
    await refused({ reads: [{ path: "project/+/key" }] }, /no single secret's path/);
    await refused({ reads: [] }, /names no secret/);
    await refused({ tokenMaxTtl: 0 }, /tokenTtl and tokenMaxTtl: are 3600 and 0 seconds/);
    await refused({ tokenTtl: 3600, tokenMaxTtl: 33 * 24 * 3600 }, /<= 2764800/);
    await refused({ roleName: "root" }, /no name for a role/);
  });

  it("let the pods of one service account log in with a token made for Vault", async () => {
    const { resources } = await run(
      () =>
        new VaultKubernetesRole("api", {
          ...{ roleName: "project-api", reads, serviceAccount: "api", namespace: "project" },
        }),
    );
    assert.deepStrictEqual(named(resources, "api-role").inputs, {
      backend: "kubernetes",
      roleName: "project-api",
      boundServiceAccountNames: ["api"],
      boundServiceAccountNamespaces: ["project"],
      audience: "vault",
      tokenPolicies: ["project-api"],
      tokenTtl: 3600,
      tokenMaxTtl: 4 * 3600,
    });
  });
});
