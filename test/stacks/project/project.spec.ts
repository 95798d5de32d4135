import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { RECORDS } from "../../components/fixtures";
import { ConfigurationError } from "../../../components/errors";
import { TIERS } from "../../../components/inventory";
import { isEnvelope, named, run, settled } from "../../support/mocks";
import { program } from "../../../stacks";
import { inventory } from "../../../stacks/inventory";
import { entryOf } from "../../../stacks/project/inventory";
import { StackConfig, declared, runStack, withRecord, withSetting } from "../examples";
import { projectStack, variables } from "./example";

const NAMES = inventory(["project"]).map(({ name }) => name);
const VALUES = /canary/;

describe("stacks/project", () => {
  it("ranks twelve secrets, and says what a rotation of each interrupts and who uses it", () => {
    const secrets = inventory(["project"]);
    const counts = TIERS.map((rank) => [rank, secrets.filter(({ tier }) => tier === rank).length]);
    assert.deepEqual(counts, [
      ["critical", 4],
      ["high", 4],
      ["medium", 2],
      ["optional", 2],
    ]);
    for (const { name, consumers, interruption } of secrets)
      assert.ok(consumers.length > 0 && interruption !== "", name);
  });

  it("keeps every secret in each of several backends, once", async () => {
    const resources = await declared(projectStack());
    for (const name of NAMES) {
      const entry = entryOf(name);
      const aws = named(resources, `project-aws-${entry}-secret`);
      assert.equal(aws.inputs["name"], `project/prod/${entry}`);
      const vault = named(resources, `project-vault-${entry}-secret`);
      assert.deepEqual(
        [vault.inputs["mount"], vault.inputs["name"]],
        ["secret", `project/prod/${entry}`],
      );
    }
  });

  it("declares nothing of a backend that is not chosen", async () => {
    const names = (await declared(projectStack(["vault"]))).map(({ name }) => name);
    assert.ok(names.some((name) => name.startsWith("project-vault-")));
    assert.deepEqual(
      names.filter((name) => name.includes("-aws-")),
      [],
    );
  });

  it("refuses env in prod, and takes it elsewhere", async () => {
    const local = projectStack(["env"]);
    assert.ok((await declared(local)).length > 0);
    await assert.rejects(runStack(withSetting(local, ["rekey:environment"], "prod")), {
      message: /rekey:project\.backends.*env.*prod/s,
    });
  });

  describe("with an env file on a developer's machine", () => {
    const inDev = (backends = ["env"], environment = "dev") =>
      withSetting(
        withSetting(projectStack(backends), ["rekey:environment"], environment),
        ["rekey:project", "envFile"],
        ".env",
      );

    it("writes what backend and agents have in the cluster, every live value where many are accepted", async () => {
      const config = withRecord(inDev(), "JWT_SECRET", RECORDS.staged);
      const { inputs } = named(await declared(config), "project-local-env-write");
      assert.ok(isEnvelope(inputs["stdin"]));
      const { file, variables } = JSON.parse(inputs["stdin"].value as string) as {
        file: string;
        variables: Record<string, string>;
      };
      assert.equal(file, ".env");
      const backend = Object.keys(variables).filter((name) => name.startsWith("JWT_SECRET"));
      assert.deepEqual(backend, ["JWT_SECRET", "JWT_SECRET_ACCEPTED_A", "JWT_SECRET_ACCEPTED_B"]);
      assert.equal(variables["JWT_SECRET"], variables["JWT_SECRET_ACCEPTED_A"]);
      for (const name of [
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "ENCRYPTION_KEY",
        "ENCRYPTION_KEY_VERSIONS",
        "OPENROUTER_API_KEY",
        "OPENCLAW_GATEWAY_TOKEN",
      ])
        assert.ok(variables[name], name);
    });

    it("is refused outside dev, and without the backend that writes it", async () => {
      const path = { path: "rekey:project.envFile" };
      await assert.rejects(runStack(inDev(["env"], "staging")), path);
      await assert.rejects(runStack(inDev(["aws"])), path);
    });
  });

  it("warns where values are kept in no store at all", async () => {
    const local = await warningsOf(projectStack(["env"]));
    assert.equal(local.length, 1);
    assert.match(local[0] ?? "", /rekey:project\.backends names env.*no history and no audit log/);
    assert.deepEqual(await warningsOf(projectStack(["aws"])), []);
  });

  it("hands every value on in the secret envelope", async () => {
    const config = withRecord(projectStack(), "JWT_SECRET", RECORDS.staged);
    for (const { name, inputs } of await declared(config))
      for (const [property, value] of Object.entries(inputs))
        if (!isEnvelope(value))
          assert.doesNotMatch(JSON.stringify(value), VALUES, `${name}.${property} is in clear`);
    const { result } = await runStack(config);
    for (const output of Object.values(result))
      assert.equal((await settled(output)).isSecret, false);
  });

  it("publishes a value in the stores only when database and workloads have it", async () => {
    const { resources } = await runStack(projectStack());
    const store = resources.find(
      ({ name, custom }) => !custom && name === "project-aws-jwt-secret",
    );
    for (const earlier of ["project-backend-deployment", "project-agents-deployment"])
      assert.ok(store?.dependencies.includes(earlier), earlier);
    const password = resources.find(
      ({ name, custom }) => !custom && name === "project-postgres-password",
    );
    assert.ok(password?.dependencies.includes("project-database-users-a"));
  });

  it("lets the agents verify with every live delegation key, and the backend sign with one", async () => {
    const config = withRecord(projectStack(), "DELEGATION_JWT_SECRET", RECORDS.staged);
    const resources = await declared(config);
    assert.deepEqual(variables(named(resources, "project-agents-deployment"), "DELEGATION"), {
      DELEGATION_JWT_SECRET: "delegation-jwt-secret-g1",
      DELEGATION_JWT_SECRET_ACCEPTED_A: "delegation-jwt-secret-g1",
      DELEGATION_JWT_SECRET_ACCEPTED_B: "delegation-jwt-secret-g2",
    });
    assert.deepEqual(variables(named(resources, "project-backend-deployment"), "DELEGATION"), {
      DELEGATION_JWT_SECRET: "delegation-jwt-secret-g1",
    });
    const { resources: all } = await runStack(config);
    const backend = all.find(({ name, custom }) => !custom && name === "project-backend");
    assert.ok(backend?.dependencies.includes("project-agents-deployment"));
  });

  it("moves both halves of the VAPID pair, and both parts of the Gmail client, by one record", async () => {
    const config = withRecord(projectStack(), "VAPID_PRIVATE_KEY", RECORDS.staged);
    const names = (await declared(config)).map(({ name }) => name);
    for (const half of ["private", "public"])
      assert.ok(names.includes(`project-vapid-${half}-key-g2`), half);
    await assert.rejects(runStack(withRecord(projectStack(), "VAPID_PUBLIC_KEY", RECORDS.staged)), {
      message: /VAPID_PUBLIC_KEY.*moves with VAPID_PRIVATE_KEY/s,
    });
  });

  it("refuses a Gmail client that lacks a part, before anything is declared and without a word of it", async () => {
    const path = ["rekey:external", "GMAIL_CLIENT_SECRET", "a", "value"];
    for (const value of ["canary of no JSON", '{"clientId":"canary"}'])
      await assert.rejects(runStack(withSetting(projectStack(), path, value)), (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.path, "rekey:external.GMAIL_CLIENT_SECRET.a.value");
        assert.match(error.allowed, /^the JSON text \{"clientId":"…","secret":"…"\}$/);
        assert.match(error.fix, /rekey intake GMAIL_CLIENT_SECRET/);
        assert.doesNotMatch(error.message, VALUES);
        return true;
      });
  });

  it("hands the encryption keys on as a list that says which key is which, and asks before one goes", async () => {
    const resources = await declared(withRecord(projectStack(), "ENCRYPTION_KEY", RECORDS.grace));
    const { inputs, beforeDelete } = named(resources, "project-encryption-keys-2-1");
    const { name, annotations } = inputs["metadata"] as Record<string, unknown>;
    assert.deepEqual([name, annotations], ["encryption-keys-2-1", { "rekey.generations": "2,1" }]);
    assert.deepEqual(beforeDelete, named(resources, "project-jwt-secret-g1").beforeDelete);
    assert.equal(beforeDelete.length, 1);
  });

  it("gives the jobs that log in to the database the user and the password of one generation", async () => {
    const kubernetes = ["rekey:project", "kubernetes"];
    const images = ["backup", "monitoring"].map((job) => `images.example.com/project/${job}:1.0.0`);
    const stack = withSetting(
      withSetting(projectStack(), [...kubernetes, "backupImage"], images[0]),
      [...kubernetes, "monitoringImage"],
      images[1],
    );
    const resources = await declared(withRecord(stack, "POSTGRES_PASSWORD", RECORDS.grace));
    for (const name of ["project-backup-job", "project-monitoring-job"]) {
      const job = named(resources, name);
      assert.deepEqual(variables(job, "POSTGRES"), { POSTGRES_PASSWORD: "postgres-password-g2" });
      assert.match(JSON.stringify(job.inputs), /"POSTGRES_USER","value":"project_b"/);
    }
    const without = (await declared(projectStack())).map(({ name }) => name);
    assert.ok(!without.includes("project-backup-job"));
  });

  it("passes on copies in other regions and a policy of the secrets' own, and refuses what is none", async () => {
    const at = (key: string) => ["rekey:project", "aws", key];
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const replicas = [{ region: "us-west-2" }];
    const stack = withSetting(projectStack(["aws"]), at("replicas"), replicas);
    const resources = await declared(withSetting(stack, at("resourcePolicy"), policy));
    assert.deepEqual(
      named(resources, "project-aws-jwt-secret-secret").inputs["replicas"],
      replicas,
    );
    assert.equal(named(resources, "project-aws-jwt-secret-policy").inputs["policy"], policy);
    await assert.rejects(runStack(withSetting(stack, at("resourcePolicy"), "everybody")), {
      message: /rekey:project\.aws\.resourcePolicy.*JSON/s,
    });
  });

  it("keeps all secrets at one path besides, where readers of another time need it, with a warning", async () => {
    const shared = ["rekey:project", "vault", "sharedPath"];
    const resources = await declared(withSetting(projectStack(["vault"]), shared, "project/prod"));
    const { inputs } = named(resources, "project-vault-shared-secrets");
    assert.deepEqual([inputs["mount"], inputs["name"]], ["secret", "project/prod"]);
    assert.ok(isEnvelope(inputs["dataJson"]));
    named(resources, "project-vault-jwt-secret-secret");
  });

  it("takes the settings that its page shows", async () => {
    const text = readFileSync(join(__dirname, "../../../docs/systems/project.md"), "utf8");
    const [, block = ""] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const { config } = parse(block) as { config: StackConfig };
    const { "rekey:external": external, "rekey:credentials": credentials } = projectStack();
    const encrypted = { "rekey:external": external, "rekey:credentials": credentials };
    const names = (await declared({ ...config, ...encrypted })).map(({ name }) => name);
    for (const name of [
      "project-aws-backup-reads-policy",
      "project-vault-agents-reads-role",
      "project-monitoring-job",
    ])
      assert.ok(names.includes(name), name);
  });

  it("keeps search's index in a claim that no rotation touches", async () => {
    const [before, after] = [
      projectStack(),
      withRecord(projectStack(), "MEILI_API_KEY", RECORDS.grace),
    ];
    const claim = async (config: typeof before) =>
      named(await declared(config), "project-search-data");
    assert.deepStrictEqual((await claim(after)).inputs, (await claim(before)).inputs);
    assert.equal((await claim(after)).protect, true);
  });
});

/** What a stack's program warns of; without an engine it goes to the console. */
async function warningsOf(config: StackConfig): Promise<string[]> {
  const { warn } = console;
  const said: string[] = [];
  console.warn = (text: string) => void said.push(text);
  try {
    await run(program, { config });
  } finally {
    console.warn = warn;
  }
  return said;
}
