import assert from "node:assert/strict";
import { program } from "../../stacks";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";
import { Difference, difference } from "../support/compare";
import { isEnvelope, managed, named, run, settled } from "../support/mocks";
import { withoutClockOrChance } from "../support/no-clock";
import { RECORDS } from "../components/fixtures";
import { ENVIRONMENTS, declared, example, runStack, withRecord, withSetting } from "./examples";

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
    for (const { name, inputs } of await declared(
      withRecord(example("dev"), "SECRET_KEY", RECORDS.staged),
    ))
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
    const resources = await declared(
      withRecord(example("prod"), "CLOUD_SQL_PASSWORD", RECORDS.grace),
    );
    const held = resources.filter(({ beforeDelete }) => beforeDelete.length > 0);
    assert.deepEqual(
      held.map(({ name }) => name),
      resources.filter(({ type }) => /:(SecretVersion|User)$/.test(type)).map(({ name }) => name),
    );
    for (const { beforeDelete } of held) assert.deepEqual(beforeDelete, ["capanel-verified"]);
  });

  it("protects the active generation of each secret and its entries, and nothing in grace", async () => {
    const resources = await declared(
      withRecord(example("prod"), "CLOUD_SQL_PASSWORD", RECORDS.grace),
    );
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
