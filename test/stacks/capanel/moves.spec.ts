import assert from "node:assert/strict";
import { RotationRecord, activate, retire, stage, withdraw } from "../../../components/rotation";
import { CAPANEL_SECRETS } from "../../../stacks/capanel/inventory";
import { Difference, difference } from "../../support/compare";
import { named } from "../../support/mocks";
import { RECORDS } from "../../components/fixtures";
import { StackConfig, declared, example, withRecord, withSetting } from "../examples";

const SLOTS = ["a", "b"];
const at = "2026-01-31T12:00:00Z";
const staged = stage(RECORDS.rest, SLOTS);
const activated = activate(staged, { at });
const retired = retire(activated);

/** What a move of one secret changes of all that capanel declares in production. */
async function moved(
  secret: string,
  before: RotationRecord,
  after: RotationRecord,
  config: StackConfig = example("prod"),
): Promise<Difference> {
  return difference(
    await declared(withRecord(config, secret, before)),
    await declared(withRecord(config, secret, after)),
  );
}

/** The place of a variable in a Cloud Run service or job. */
async function envPath(
  resource: string,
  variable: string,
  secret: string,
  record: RotationRecord,
): Promise<string> {
  const { inputs } = named(await declared(withRecord(example("prod"), secret, record)), resource);
  const job = resource.endsWith("-job");
  const template = inputs.template as Record<string, unknown>;
  const { containers } = (job ? template.template : template) as {
    containers: { envs: { name: string }[] }[];
  };
  const index = containers[0]?.envs.findIndex(({ name }) => name === variable);
  assert.ok(index !== undefined && index >= 0, `${resource} has no ${variable}`);
  return `inputs.template.${job ? "template." : ""}containers[0].envs[${index}]`;
}

const annotation = (secret: string) => `inputs.template.annotations.rekey.generation/${secret}`;
const LABELS = ["inputs.labels.rekey-generation", "inputs.labels.rekey-rotated-at"];

describe("stacks/capanel: what a move changes", () => {
  it("stages CLOUD_SQL_PASSWORD: adds the idle slot's value, user and version, and changes nothing", async () => {
    assert.deepStrictEqual(await moved("CLOUD_SQL_PASSWORD", RECORDS.rest, staged), {
      added: ["capanel-database-b", "capanel-database-users-b", "capanel-postgres-password-g2"],
      removed: [],
      changed: {},
    });
  });

  it("activates CLOUD_SQL_PASSWORD: moves its entry's label, the marks, and who logs in with what", async () => {
    const env = (resource: string, variable: string) =>
      envPath(resource, variable, "CLOUD_SQL_PASSWORD", activated);
    const consumer = async (resource: string) => [
      annotation("CLOUD_SQL_PASSWORD"),
      `${await env(resource, "POSTGRES_USER")}.value`,
      `${await env(resource, "POSTGRES_PASSWORD")}.valueSource.secretKeyRef.version`,
    ];
    assert.deepStrictEqual(await moved("CLOUD_SQL_PASSWORD", staged, activated), {
      added: [],
      removed: [],
      changed: {
        "capanel-database-a": ["protect"],
        "capanel-database-b": ["protect"],
        "capanel-database-users-a": ["protect"],
        "capanel-database-users-b": ["protect"],
        "capanel-postgres-password-g1": ["protect"],
        "capanel-postgres-password-g2": ["protect"],
        "capanel-postgres-password-secret": LABELS,
        "capanel-api-service": await consumer("capanel-api-service"),
        "capanel-seed-admin-job": await consumer("capanel-seed-admin-job"),
      },
    });
  });

  it("stages SECRET_KEY: adds its value and version, and the API accepts it; nobody signs with it yet", async () => {
    const accepted = await envPath(
      "capanel-api-service",
      "SECRET_KEY_ACCEPTED_B",
      "SECRET_KEY",
      staged,
    );
    assert.deepStrictEqual(await moved("SECRET_KEY", RECORDS.rest, staged), {
      added: ["capanel-secret-key-b", "capanel-secret-key-store-g2"],
      removed: [],
      changed: { "capanel-api-service": [accepted] },
    });
  });

  it("activates SECRET_KEY: the API signs with it and goes on accepting the one before", async () => {
    const pin = await envPath("capanel-api-service", "SECRET_KEY", "SECRET_KEY", activated);
    assert.deepStrictEqual(await moved("SECRET_KEY", staged, activated), {
      added: [],
      removed: [],
      changed: {
        "capanel-secret-key-a": ["protect"],
        "capanel-secret-key-b": ["protect"],
        "capanel-secret-key-store-g1": ["protect"],
        "capanel-secret-key-store-g2": ["protect"],
        "capanel-secret-key-store-secret": LABELS,
        "capanel-api-service": [
          annotation("SECRET_KEY"),
          `${pin}.valueSource.secretKeyRef.version`,
        ],
      },
    });
  });

  it("activates FIRST_SUPERUSER_PASSWORD: the job runs once more, and no service restarts", async () => {
    const pin = await envPath(
      "capanel-seed-admin-job",
      "FIRST_SUPERUSER_PASSWORD",
      "FIRST_SUPERUSER_PASSWORD",
      activated,
    );
    const { added, removed, changed } = await moved("FIRST_SUPERUSER_PASSWORD", staged, activated);
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(changed["capanel-seed-admin-job"], [
      "inputs.runExecutionToken",
      annotation("FIRST_SUPERUSER_PASSWORD"),
      `${pin}.valueSource.secretKeyRef.version`,
    ]);
    assert.ok(!Object.keys(changed).some((name) => name.endsWith("-service")));
  });

  it("moves the front end alone to a new VITE_STRAPI_API_KEY, which it imports and never sees", async () => {
    const external = ["rekey:external", "VITE_STRAPI_API_KEY", "b"];
    const version = "projects/example-project/secrets/capanel-vite-strapi-api-key/versions/2";
    const taken = withSetting(example("prod"), external, { generation: 2, version });
    const onStage = await declared(withRecord(taken, "VITE_STRAPI_API_KEY", staged));
    const imported = named(onStage, "capanel-vite-strapi-api-key-g2");
    assert.equal(imported.importId, version);
    assert.ok(!("secretData" in imported.inputs));
    assert.deepStrictEqual(difference(await declared(example("prod")), onStage), {
      added: ["capanel-vite-strapi-api-key-g2"],
      removed: [],
      changed: {},
    });
    const { changed } = await moved("VITE_STRAPI_API_KEY", staged, activated, taken);
    assert.deepEqual(Object.keys(changed).sort(), [
      "capanel-vite-strapi-api-key-g1",
      "capanel-vite-strapi-api-key-g2",
      "capanel-vite-strapi-api-key-secret",
      "capanel-web-service",
    ]);
  });

  it("moves only the env file to a new POSTGRES_PASSWORD in dev", async () => {
    const dev = example("dev");
    assert.deepStrictEqual(await moved("POSTGRES_PASSWORD", RECORDS.rest, staged, dev), {
      added: ["capanel-local-database-b"],
      removed: [],
      changed: {},
    });
    const { added, removed, changed } = await moved("POSTGRES_PASSWORD", staged, activated, dev);
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(changed, {
      "capanel-local-database-a": ["protect"],
      "capanel-local-database-b": ["protect"],
      "capanel-local-env-apply": ["inputs.environment.REKEY_GENERATION", "inputs.stdin.value"],
    });
  });

  it("retires exactly what the old generation has, and touches nothing else", async () => {
    assert.deepStrictEqual(await moved("CLOUD_SQL_PASSWORD", activated, retired), {
      added: [],
      removed: ["capanel-database-a", "capanel-database-users-a", "capanel-postgres-password-g1"],
      changed: {},
    });
    const { removed, changed } = await moved("SECRET_KEY", activated, retired);
    assert.deepEqual(removed, ["capanel-secret-key-a", "capanel-secret-key-store-g1"]);
    assert.deepEqual(Object.keys(changed), ["capanel-api-service"]);
  });

  it("withdraws exactly what was staged: all is as it was before", async () => {
    const back = withdraw(staged);
    assert.deepStrictEqual(await moved("CLOUD_SQL_PASSWORD", RECORDS.rest, back), {
      added: [],
      removed: [],
      changed: {},
    });
  });

  it("rotates every secret at once without touching a value in use", async () => {
    const before = await declared(example("dev"));
    const external = { generation: 2, version: "2" };
    const rotated = CAPANEL_SECRETS.reduce(
      (config, { name }) => withRecord(config, name, activated),
      withSetting(example("dev"), ["rekey:external", "VITE_STRAPI_API_KEY", "b"], external),
    );
    const after = await declared(rotated);
    for (const one of before)
      if (/:(RandomPassword|SecretVersion|User)$/.test(one.type))
        assert.deepStrictEqual(named(after, one.name), { ...one, protect: false });
  });
});
