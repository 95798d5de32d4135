import assert from "node:assert/strict";
import { RotationRecord, activate, retire, stage, withdraw } from "../../components/rotation";
import { program } from "../../stacks";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";
import { Difference, difference } from "../support/compare";
import { Registered, isEnvelope, managed, named, run, settled } from "../support/mocks";
import { withoutClockOrChance } from "../support/no-clock";
import { RECORDS } from "../components/fixtures";
import { ENVIRONMENTS, StackConfig, example, runStack, withRecord, withSetting } from "./examples";

const SLOTS = ["a", "b"];
const at = "2026-01-31T12:00:00Z";
const staged = stage(RECORDS.rest, SLOTS);
const activated = activate(staged, { at });
const retired = retire(activated);

async function declared(config: StackConfig): Promise<Registered[]> {
  return managed((await runStack(config)).resources);
}

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

const UNCHANGED: Difference = { added: [], removed: [], changed: {} };

describe("stacks/capanel: what exists", () => {
  for (const environment of ENVIRONMENTS)
    it(`declares the committed example of ${environment}`, async () => {
      const { result, resources } = await runStack(example(environment));
      assert.deepEqual(Object.keys(result), ["capanelApi", "capanelWeb"]);
      for (const output of Object.values(result))
        assert.equal((await settled(output)).isSecret, false);
      const local = environment === "dev";
      assert.deepEqual(
        managed(resources)
          .map(({ name }) => name)
          .sort(),
        [
          "capanel-admin-a",
          "capanel-api-identity-account",
          "capanel-api-invoker",
          "capanel-api-reads-postgres-password",
          "capanel-api-reads-secret-key",
          "capanel-api-service",
          "capanel-database-a",
          "capanel-database-users-a",
          "capanel-first-superuser-password-g1",
          "capanel-first-superuser-password-secret",
          ...(local ? ["capanel-local-database-a", "capanel-local-env-apply"] : []),
          "capanel-postgres-password-g1",
          "capanel-postgres-password-secret",
          "capanel-secret-key-a",
          "capanel-secret-key-store-g1",
          "capanel-secret-key-store-secret",
          "capanel-seed-admin-job",
          "capanel-seed-identity-account",
          "capanel-seed-reads-first-superuser-password",
          "capanel-seed-reads-postgres-password",
          "capanel-vite-strapi-api-key-g1",
          "capanel-vite-strapi-api-key-secret",
          "capanel-web-identity-account",
          "capanel-web-invoker",
          "capanel-web-reads-vite-strapi-api-key",
          "capanel-web-service",
        ],
      );
    });

  it("reads no clock and rolls no dice", async () => {
    const config = example("dev");
    const { resources } = await run(() => withoutClockOrChance(program), { config });
    assert.ok(resources.length > 0);
  });

  it("declares the same, run after run", async () => {
    const config = example("prod");
    const { resources } = await run(program, { config });
    assert.deepStrictEqual((await runStack(config)).resources, resources);
  });

  it("calls nothing after the environment: another one changes no name, keeper or input", async () => {
    const staging = withSetting(example("prod"), ["rekey:environment"], "staging");
    assert.deepStrictEqual(
      difference(await declared(example("prod")), await declared(staging)),
      UNCHANGED,
    );
    for (const environment of ENVIRONMENTS)
      for (const { name } of await declared(example(environment)))
        assert.doesNotMatch(name, /(^|-)(dev|staging|prod)(-|$)/);
  });

  it("registers the outputs of every component, and none of them holds a value", async () => {
    const { resources } = await runStack(example("dev"));
    for (const { name, custom, outputs } of resources)
      if (!custom) {
        assert.ok(outputs, `${name} forgets registerOutputs`);
        assert.doesNotMatch(JSON.stringify(outputs), /canary/, name);
      }
  });

  it("hands every value on in the secret envelope, and no environment variable carries one", async () => {
    for (const { name, inputs } of await declared(withRecord(example("dev"), "SECRET_KEY", staged)))
      for (const [property, value] of Object.entries(inputs))
        if (!isEnvelope(value))
          assert.ok(!JSON.stringify(value).includes("canary"), `${name}.${property} is in clear`);
  });

  it("publishes the database password only after the database has it", async () => {
    const { resources } = await runStack(example("prod"));
    const store = resources.find(({ type, name }) =>
      [type, name].join().endsWith("GoogleSecretManager,capanel-postgres-password"),
    );
    assert.ok(store?.dependencies.includes("capanel-database-users-a"));
  });

  it("starts a service only after its identity may read what it is pinned to", async () => {
    const { resources } = await runStack(example("prod"));
    const api = resources.find(({ name }) => name === "capanel-api");
    for (const binding of ["postgres-password", "secret-key"])
      assert.ok(api?.dependencies.includes(`capanel-api-reads-${binding}`), binding);
  });

  it("holds back the retirement of every version and user until the services answer", async () => {
    const resources = await declared(withRecord(example("prod"), "CLOUD_SQL_PASSWORD", activated));
    const held = resources.filter(({ beforeDelete }) => beforeDelete.length > 0);
    assert.deepEqual(
      held.map(({ name }) => name),
      resources.filter(({ type }) => /:(SecretVersion|User)$/.test(type)).map(({ name }) => name),
    );
    for (const { beforeDelete } of held) assert.deepEqual(beforeDelete, ["capanel-verified"]);
  });

  it("protects the active generation of each secret and its entries, and nothing in grace", async () => {
    const resources = await declared(withRecord(example("prod"), "CLOUD_SQL_PASSWORD", activated));
    const open = resources
      .filter(({ type }) => /:(RandomPassword|SecretVersion|User|Secret)$/.test(type))
      .filter(({ protect }) => !protect)
      .map(({ name }) => name);
    assert.deepEqual(open.sort(), [
      "capanel-database-a",
      "capanel-database-users-a",
      "capanel-postgres-password-g1",
    ]);
  });

  it("takes over what runs: by reference, with the user that has it, and changes none of it", async () => {
    const adopt = {
      CLOUD_SQL_PASSWORD: { version: 3, user: "legacy" },
      SECRET_KEY: { version: 5 },
    };
    const config = withSetting(example("prod"), ["rekey:capanel", "adopt"], adopt);
    const resources = await declared(config);
    const names = resources.map(({ name }) => name);
    for (const generated of ["capanel-database-a", "capanel-secret-key-a"])
      assert.ok(!names.includes(generated), `${generated} is generated`);
    const entry = "projects/example-project/secrets/capanel-postgres-password";
    for (const [name, id] of [
      ["capanel-postgres-password-secret", entry],
      ["capanel-postgres-password-g1", `${entry}/versions/3`],
      [
        "capanel-secret-key-store-g1",
        "projects/example-project/secrets/capanel-secret-key/versions/5",
      ],
      ["capanel-database-users-a", "example-project/capanel-db/legacy"],
    ] as const)
      assert.equal(named(resources, name).importId, id);
    assert.deepEqual(
      resources.filter(({ importId }) => importId === "").filter(({ type }) => /sql/.test(type)),
      [],
    );
    const path = await envPath("capanel-api-service", "POSTGRES_USER", "SECRET_KEY", RECORDS.rest);
    assert.match(path, /envs/);
    assert.match(JSON.stringify(named(resources, "capanel-api-service").inputs), /"legacy"/);
  });
});

describe("stacks/capanel: the inventory tells what the program declares", () => {
  const found: Readonly<Record<string, readonly [type: RegExp, property: string]>> = {
    "google-secret-manager": [/:Secret$/, "secretId"],
    "cloud-run-service": [/:Service$/, "name"],
    "cloud-run-job": [/:Job$/, "name"],
  };

  for (const { name, stores, consumers } of CAPANEL_SECRETS)
    it(`names real stores and consumers of ${name}`, async () => {
      const resources = await declared(example("dev"));
      for (const place of [...stores, ...consumers]) {
        const [kind = "", id] = place.split(":");
        const [type, property] = found[kind] ?? [];
        if (!type || !property) continue;
        const ids = resources
          .filter((one) => type.test(one.type))
          .map((one) => one.inputs[property]);
        assert.ok(ids.includes(id), `${place}: the program declares ${ids.join(", ")}`);
      }
    });

  it("knows each secret under one name only, and says of each what a rotation interrupts", () => {
    const names = CAPANEL_SECRETS.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
    for (const { name, interruption, interruptionInOneUpdate } of CAPANEL_SECRETS)
      assert.ok(interruption && interruptionInOneUpdate, name);
  });
});

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
    const { resources } = await runStack(example("dev"));
    const external = { generation: 2, version: "2" };
    const rotated = CAPANEL_SECRETS.reduce(
      (config, { name }) => withRecord(config, name, activated),
      withSetting(example("dev"), ["rekey:external", "VITE_STRAPI_API_KEY", "b"], external),
    );
    const after = await declared(rotated);
    for (const one of managed(resources))
      if (/:(RandomPassword|SecretVersion|User)$/.test(one.type))
        assert.deepStrictEqual(named(after, one.name), { ...one, protect: false });
  });
});
