import assert from "node:assert/strict";
import { named } from "../../support/mocks";
import { declared, withSetting } from "../examples";
import { projectStack } from "./example";

describe("stacks/project: who may read secrets where they are kept", () => {
  it("lets each workload's identity read exactly what the workload uses", async () => {
    const resources = await declared(projectStack());
    const policy = named(resources, "project-vault-agents-reads-policy").inputs["policy"];
    const paths = [...String(policy).matchAll(/path "([^"]+)"/g)].map(([, path]) => path);
    assert.deepEqual(paths, [
      "secret/data/project/prod/delegation-jwt-secret",
      "secret/data/project/prod/openrouter-api-key",
      "secret/data/project/prod/openclaw-gateway-token",
    ]);
    const { inputs } = named(resources, "project-aws-agents-reads-policy");
    const arns = [
      ...JSON.stringify(inputs["policy"]).matchAll(/secret:project\/prod\/([a-z-]+)-/g),
    ];
    assert.deepEqual(
      arns.map(([, name]) => name),
      ["delegation-jwt-secret", "openclaw-gateway-token", "openrouter-api-key"],
    );
  });

  it("gives a token for Vault to those that log in there by their service account, and to no other", async () => {
    const tokens = async (roles: string) => {
      const resources = await declared(
        withSetting(projectStack(["vault"]), ["rekey:project", "vault", "roles"], roles),
      );
      return ["backend", "agents", "search"].filter((workload) =>
        JSON.stringify(named(resources, `project-${workload}-deployment`).inputs).includes(
          '"audience":"vault"',
        ),
      );
    };
    assert.deepEqual(await tokens("kubernetes"), ["backend", "agents"]);
    assert.deepEqual(await tokens("approle"), []);
  });
});
