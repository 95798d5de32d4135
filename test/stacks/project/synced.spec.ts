import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { RECORDS } from "../../components/fixtures";
import { SYNCED_LABELS } from "../../../components";
import { named, settled } from "../../support/mocks";
import { entryOf } from "../../../stacks/project/inventory";
import { declared, runStack, withRecord, withSetting } from "../examples";
import { projectStack, variables } from "./example";

interface ExternalSecret {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly data: readonly {
      readonly secretKey: string;
      readonly remoteRef: { readonly version: string };
    }[];
  };
}

describe("stacks/project: secrets that the cluster itself brings to the pods", () => {
  describe("with a token that a rotation function rotates", () => {
    const TOKEN = "OPENCLAW_GATEWAY_TOKEN";
    const byFunction = (names = [TOKEN], backends = ["aws"]) => {
      const stack = withSetting(
        projectStack(backends),
        ["rekey:project", "aws", "accountId"],
        "000000000000",
      );
      return withSetting(stack, ["rekey:project", "aws", "rotatedByFunction"], names);
    };

    it("deploys the function for exactly that one, and leaves its value and stages to it", async () => {
      const resources = await declared(byFunction());
      const { inputs } = named(resources, "project-aws-rotation-rotation-openclaw-gateway-token");
      assert.equal(inputs["rotateImmediately"], false);
      assert.equal(
        resources.filter(({ name }) => name.startsWith("project-aws-rotation-rotation-")).length,
        1,
      );
      const version = named(resources, "project-aws-openclaw-gateway-token-g1");
      assert.deepEqual(version.ignoreChanges, ["secretString", "versionStages"]);
    });

    it("says which generation is in use, as the store tells it", async () => {
      const { projectOpenclawGatewayTokenGeneration: generation } = (await runStack(byFunction()))
        .result;
      assert.deepEqual(await settled(generation), { value: "1", isSecret: false });
      assert.ok(!("projectMeiliApiKeyGeneration" in (await runStack(byFunction())).result));
    });

    it("has the workload refer to the objects that the cluster keeps in step, and makes none itself", async () => {
      const resources = await declared(byFunction([TOKEN, "MEILI_API_KEY"]));
      const agents = named(resources, "project-agents-deployment");
      const accepted = ["PENDING", "CURRENT", "PREVIOUS"].map((key) => [
        `${TOKEN}_ACCEPTED_${key}`,
        "openclaw-gateway-token-accepted",
      ]);
      assert.deepEqual(variables(agents, TOKEN), {
        [TOKEN]: "openclaw-gateway-token",
        ...(Object.fromEntries(accepted) as object),
      });
      // Search knows one key, and would be interrupted by a restart for another.
      const search = named(resources, "project-search-deployment");
      assert.deepEqual(variables(search, "MEILI"), { MEILI_MASTER_KEY: "meili-api-key" });
      assert.ok(!resources.some(({ name }) => name === "project-openclaw-gateway-token-g1"));
    });

    it("is in its entry, and may be read from there, before a workload starts that the cluster can bring it to only then", async () => {
      const { resources } = await runStack(byFunction());
      const of = (name: string) => resources.find((one) => !one.custom && one.name === name);
      const agents = of("project-agents")?.dependencies ?? [];
      for (const earlier of [
        "project-aws-openclaw-gateway-token-g1",
        "project-aws-agents-reads-tokens-attachment",
      ])
        assert.ok(agents.includes(earlier), earlier);
      const entry = of("project-aws-openclaw-gateway-token")?.dependencies ?? [];
      assert.deepEqual(entry, []);
      const policy = named(resources, "project-aws-agents-reads-tokens-policy").inputs["policy"];
      assert.deepEqual(
        [...JSON.stringify(policy).matchAll(/secret:project\/prod\/([a-z-]+)-/g)].map(
          ([, one]) => one,
        ),
        ["openclaw-gateway-token"],
      );
    });

    it("is brought to the pods by the objects that its page shows, read in the order that pods need", () => {
      const text = readFileSync(join(__dirname, "../../../docs/systems/project.md"), "utf8");
      const shown = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)]
        .map(([, block = ""]) => block)
        .filter((block) => block.includes("ExternalSecret"))
        .map((block) => parse(block) as ExternalSecret)
        .map(({ metadata, spec }) => ({
          name: metadata.name,
          data: spec.data.map(({ secretKey, remoteRef }) => [secretKey, remoteRef.version]),
        }));
      const entry = entryOf(TOKEN);
      assert.deepEqual(shown, [
        { name: entry, data: [["value", "AWSCURRENT"]] },
        { name: `${entry}-accepted`, data: Object.entries(SYNCED_LABELS) },
      ]);
    });

    it("has the function wait until a token is accepted where the settings say so", async () => {
      const at = ["rekey:project", "aws", "acceptedAt", TOKEN];
      const where = { url: "https://gateway.example.com/gateway" };
      const network = { subnetIds: ["subnet-example"], securityGroupIds: ["sg-example"] };
      const resources = await declared(
        withSetting(
          withSetting(byFunction(), at, where),
          ["rekey:project", "aws", "functionNetwork"],
          network,
        ),
      );
      const { inputs } = named(resources, "project-aws-rotation-function");
      assert.deepEqual(inputs["vpcConfig"], network);
      assert.match(JSON.stringify(inputs["environment"]), /gateway\.example\.com.*asks.*40/);
      await assert.rejects(runStack(withSetting(byFunction(["MEILI_API_KEY"]), at, where)), {
        message: /rekey:project\.aws\.acceptedAt\.OPENCLAW_GATEWAY_TOKEN.*rotatedByFunction/s,
      });
    });

    it("refuses a record of it, another backend beside it, a secret with a target, and a missing account", async () => {
      const refused = (config: ReturnType<typeof projectStack>, message: RegExp) =>
        assert.rejects(runStack(config), { message });
      await refused(
        withRecord(byFunction(), TOKEN, RECORDS.staged),
        /rekey:rotations\.OPENCLAW.*rotate-secret/s,
      );
      await refused(byFunction([TOKEN], ["aws", "vault"]), /rekey:project\.backends.*aws alone/s);
      await refused(
        byFunction(["POSTGRES_PASSWORD"]),
        /rotatedByFunction.*MEILI_API_KEY, OPENCLAW/s,
      );
      const path = ["rekey:project", "aws", "rotatedByFunction"];
      await refused(withSetting(projectStack(["aws"]), path, [TOKEN]), /aws\.accountId/);
    });
  });

  describe("with a key that the cluster itself keeps in step with AWS", () => {
    const KEY = "OPENROUTER_API_KEY";
    const path = ["rekey:project", "aws", "syncedByCluster"];
    const synced = (backends = ["aws"]) => withSetting(projectStack(backends), path, [KEY]);

    it("keeps every generation in AWS, makes no object of it, and refers to that of the cluster", async () => {
      const resources = await declared(synced());
      assert.deepEqual(variables(named(resources, "project-agents-deployment"), KEY), {
        [KEY]: "openrouter-api-key",
      });
      assert.ok(!resources.some(({ name }) => name === "project-openrouter-api-key-g1"));
      named(resources, "project-aws-openrouter-api-key-g1");
    });

    it("takes a reference to a version in AWS in place of the value", async () => {
      const version = "arn:aws:secretsmanager:us-east-1:111122223333:secret:example-AbCdEf|v1";
      const stack = withSetting(synced(), ["rekey:external", KEY], {
        a: { generation: 1, version },
      });
      const resources = await declared(stack);
      const { inputs } = named(resources, "project-aws-openrouter-api-key-g1");
      assert.deepEqual(inputs["versionStages"], ["AWSCURRENT"]);
      assert.ok(!("secretString" in inputs));
    });

    it("refuses a reference where the cluster's object is the program's, and where Vault keeps the key too", async () => {
      const entry = { a: { generation: 1, version: "example|v1" } };
      const refers = (stack: ReturnType<typeof projectStack>) =>
        withSetting(stack, ["rekey:external", KEY], entry);
      await assert.rejects(runStack(refers(projectStack(["aws"]))), {
        message: /rekey:external\.OPENROUTER_API_KEY\.a.*cluster's object.*syncedByCluster/s,
      });
      await assert.rejects(runStack(refers(synced(["aws", "vault"]))), {
        message: /rekey:external\.OPENROUTER_API_KEY\.a.*Vault needs the value/s,
      });
    });

    it("refuses a secret of parts, and a stack that keeps nothing in AWS", async () => {
      await assert.rejects(runStack(synced(["vault"])), {
        message: /rekey:project\.backends.*aws among them/s,
      });
      const parts = withSetting(projectStack(["aws"]), path, ["GMAIL_CLIENT_SECRET"]);
      await assert.rejects(runStack(parts), { message: /syncedByCluster.*OPENROUTER_API_KEY/s });
    });
  });
});
