import assert from "node:assert/strict";
import {
  AwsSecretsManager,
  type AwsSecretsManagerArgs,
  ConfigurationError,
  type RotationRecord,
  type SecretGeneration,
  Verification,
  labelledGeneration,
} from "../../../components";
import { canary, secretArn } from "../../support/mock-answers";
import { LIST_VERSIONS, type Registered, managed, named } from "../../support/mocks";
import { run, secretEnvelope, settled } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withUsers, withValues } from "../fixtures";

const secretName = "project/prod/JWT_SECRET";
const arn = secretArn(secretName);

type Rest = Partial<Omit<AwsSecretsManagerArgs, "generations">>;

function storeOf(generations: () => SecretGeneration[], rest: Rest = {}) {
  return run(
    () => new AwsSecretsManager("jwt", { secretName, generations: generations(), ...rest }),
  );
}

const store = (record: RotationRecord, rest: Rest = {}) => storeOf(() => withValues(record), rest);

/** Generation 1 is in the store already; what follows is generated. */
const adopted = (record: RotationRecord) =>
  storeOf(
    () =>
      withValues(record).map(({ value, ...live }) =>
        live.generation === 1 ? { ...live, storeVersion: "first-id" } : { ...live, value },
      ),
    { adopted: arn },
  );

const entry = async (rest: Rest) =>
  named((await store(RECORDS.rest, rest)).resources, "jwt-secret");
const stages = (resources: readonly Registered[], name: string) =>
  named(resources, name).inputs["versionStages"];

const version = (generation: number, label = `rekey-g${generation}`) => ({
  secretId: arn,
  secretString: secretEnvelope(canary("value", generation)),
  versionStages: [label],
});

describe("components/stores/aws-secrets-manager", () => {
  it("keeps one protected entry, a labelled version a generation, and one more that is AWSCURRENT", async () => {
    const { resources } = await store(RECORDS.grace);
    assert.deepEqual(
      managed(resources).map(({ type, name }) => [type.slice(type.lastIndexOf(":") + 1), name]),
      [
        ["Secret", "jwt-secret"],
        ["SecretVersion", "jwt-current-g2"],
        ["SecretVersion", "jwt-g1"],
        ["SecretVersion", "jwt-g2"],
      ],
    );
    assert.deepStrictEqual(named(resources, "jwt-secret").inputs, {
      name: secretName,
      recoveryWindowInDays: 30,
      tags: { "rekey-generation": "2" },
    });
    assert.deepStrictEqual(named(resources, "jwt-g1").inputs, version(1));
    assert.deepStrictEqual(named(resources, "jwt-g2").inputs, version(2));
    assert.deepStrictEqual(named(resources, "jwt-current-g2").inputs, version(2, "AWSCURRENT"));
  });

  it("protects the entry and the version in use, and nothing that a next move must take away", async () => {
    const { resources } = await store(RECORDS.grace);
    const guard = { ...NO_OPTIONS, protect: true };
    assert.deepEqual(optionsOf(named(resources, "jwt-secret")), guard);
    assert.deepEqual(optionsOf(named(resources, "jwt-g2")), guard);
    assert.deepEqual(optionsOf(named(resources, "jwt-g1")), NO_OPTIONS);
    assert.deepEqual(optionsOf(named(resources, "jwt-current-g2")), NO_OPTIONS);
  });

  it("adds one version when a generation is staged, and changes nothing else", async () => {
    const before = await store(RECORDS.rest);
    const after = await store(RECORDS.staged);
    for (const name of ["jwt-secret", "jwt-g1", "jwt-current-g1"])
      assert.deepStrictEqual(named(after.resources, name), named(before.resources, name));
    assert.equal(after.resources.length, before.resources.length + 1);
  });

  it("makes AWSCURRENT the first version, which gets that label anyway, and looks at others after that", async () => {
    const { resources } = await store(RECORDS.grace);
    assert.deepEqual(named(resources, "jwt-current-g2").dependencies, ["jwt-secret"]);
    for (const name of ["jwt-g1", "jwt-g2"])
      assert.ok(named(resources, name).dependencies.includes("jwt-current-g2"));
  });

  it("tells consumers the version of each slot, the active one and the current one", async () => {
    const { result } = await store(RECORDS.grace);
    assert.equal((await settled(result.versions.a)).value, "jwt-g1-version");
    assert.equal((await settled(result.activeVersion)).value, "jwt-g2-version");
    assert.equal((await settled(result.currentVersion)).value, "jwt-current-g2-version");
    assert.equal((await settled(result.arn)).value, arn);
  });

  it("tags the entry with the time of the activation as it is", async () => {
    const { inputs } = await entry({ rotatedAt: "2026-01-31T12:00:00Z" });
    assert.deepStrictEqual(inputs["tags"], {
      "rekey-generation": "1",
      "rekey-rotated-at": "2026-01-31T12:00:00Z",
    });
  });

  it("takes a key, replicas and a policy, and blocks a public one", async () => {
    const replicas = [{ region: "eu-west-1", kmsKeyId: "alias/example" }];
    const rest = { kmsKeyId: "alias/example", replicas, resourcePolicy: "{}" };
    const { resources } = await store(RECORDS.rest, rest);
    const { inputs } = named(resources, "jwt-secret");
    assert.deepStrictEqual([inputs["kmsKeyId"], inputs["replicas"]], ["alias/example", replicas]);
    assert.deepStrictEqual(named(resources, "jwt-policy").inputs, {
      secretArn: arn,
      policy: "{}",
      blockPublicPolicy: true,
    });
  });

  it("deletes at once only where 0 is written, and refuses what is no recovery window", async () => {
    assert.equal((await entry({ recoveryWindowInDays: 0 })).inputs["recoveryWindowInDays"], 0);
    for (const recoveryWindowInDays of [1, 6, 31, 7.5])
      await assert.rejects(entry({ recoveryWindowInDays }), ConfigurationError);
  });

  it("takes over entry and version as they are, without a value, and changes nothing", async () => {
    const { resources } = await adopted(RECORDS.rest);
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["jwt-secret", "jwt-g1"],
    );
    const taken = named(resources, "jwt-g1");
    assert.deepStrictEqual(taken.inputs, { secretId: arn, versionStages: ["AWSCURRENT"] });
    assert.deepEqual(optionsOf(taken), {
      protect: true,
      importId: `${arn}|first-id`,
      ignoreChanges: ["secretId", "secretString"],
      beforeDelete: [],
    });
    const { importId, ignoreChanges } = named(resources, "jwt-secret");
    assert.equal(importId, arn);
    const found = ["description", "kmsKeyId", "replicas", "tags", "tagsAll"];
    assert.deepEqual(ignoreChanges, found);
  });

  it("pins what it took over by a label as soon as another generation stands beside it", async () => {
    const { resources: staged } = await adopted(RECORDS.staged);
    assert.deepEqual(stages(staged, "jwt-g1"), ["AWSCURRENT", "rekey-g1"]);
    assert.deepEqual(stages(staged, "jwt-g2"), ["rekey-g2"]);
    const { resources: grace } = await adopted(RECORDS.grace);
    assert.deepEqual(stages(grace, "jwt-g1"), ["rekey-g1"]);
    assert.deepEqual(stages(grace, "jwt-current-g2"), ["AWSCURRENT"]);
  });

  it("keeps user name and password of a credential as one value, in use and in each slot", async () => {
    const { resources } = await storeOf(() => withUsers(RECORDS.grace));
    const login = (slot: "a" | "b", generation: number) =>
      secretEnvelope(
        JSON.stringify({ username: `capanel_${slot}`, password: canary("value", generation) }),
      );
    const held = (name: string) => named(resources, name).inputs["secretString"];
    assert.deepStrictEqual(held("jwt-g1"), login("a", 1));
    assert.deepStrictEqual(held("jwt-g2"), login("b", 2));
    assert.deepStrictEqual(held("jwt-current-g2"), login("b", 2));
    assert.deepStrictEqual(named(resources, "jwt").inputs, { credential: true });
  });

  it("never writes a generation of a credential again, so that a deployed one keeps its form", async () => {
    const { resources } = await storeOf(() => withUsers(RECORDS.grace));
    for (const name of ["jwt-g1", "jwt-g2"])
      assert.deepEqual(named(resources, name).ignoreChanges, ["secretString"]);
    assert.deepEqual(named(resources, "jwt-current-g2").ignoreChanges, []);
  });

  it("lets verification hold back the retirement of every generation", async () => {
    const { resources } = await run(
      () =>
        new AwsSecretsManager("jwt", {
          secretName,
          generations: withValues(RECORDS.grace),
          beforeRetirement: new Verification("app").hook,
        }),
    );
    const held = managed(resources).filter(({ beforeDelete }) => beforeDelete.length > 0);
    assert.deepEqual(
      held.map(({ name }) => name),
      ["jwt-g1", "jwt-g2"],
    );
  });

  it("leaves values, labels and tags to a rotation function, and pins the version that it declared", async () => {
    const { resources } = await store(RECORDS.rest, { rotatedBy: "function" });
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["jwt-secret", "jwt-g1"],
    );
    assert.deepEqual(stages(resources, "jwt-g1"), ["AWSCURRENT", "rekey-g1", "rekey-declared"]);
    assert.deepEqual(named(resources, "jwt-g1").ignoreChanges, ["secretString", "versionStages"]);
    assert.deepEqual(named(resources, "jwt-secret").ignoreChanges, ["tags", "tagsAll"]);
    assert.equal(named(resources, "jwt-secret").inputs["tags"], undefined);
  });

  describe("tells the generation in use", () => {
    const byFunction = (labels: readonly string[][]) =>
      run(
        () =>
          new AwsSecretsManager("jwt", {
            ...{ secretName, generations: withValues(RECORDS.rest), rotatedBy: "function" },
          }),
        {
          calls: {
            [LIST_VERSIONS]: { versions: labels.map((versionStages) => ({ versionStages })) },
          },
        },
      );

    it("of what a function rotates by the store's labels, in the plain, and says so in the state", async () => {
      const labels = [["rekey-declared"], ["AWSPREVIOUS", "rekey-g2"], ["AWSCURRENT", "rekey-g3"]];
      const { result, resources } = await byFunction(labels);
      assert.deepEqual(await settled(result.generation), { value: 3, isSecret: false });
      assert.equal(named(resources, "jwt").outputs?.["generation"], 3);
    });

    it("1 until the function has labelled one", async () => {
      const labels = [["AWSCURRENT", "rekey-declared"], ["AWSPENDING"]];
      assert.equal((await settled((await byFunction(labels)).result.generation)).value, 1);
    });

    it("of every other by its record, asking nobody", async () => {
      const { result, resources } = await store(RECORDS.grace);
      assert.deepEqual(await settled(result.generation), { value: 2, isSecret: false });
      assert.ok(!("generation" in (named(resources, "jwt").outputs ?? {})));
    });
  });

  it("refuses a record for what a function rotates, with the setting and the command that mend it", async () => {
    const secret = "JWT_SECRET";
    for (const record of [RECORDS.staged, RECORDS.grace, RECORDS.rotated])
      await assert.rejects(store(record, { secret, rotatedBy: "function" }), {
        name: "ConfigurationError",
        path: "rekey:rotations.JWT_SECRET",
        fix: /remove rekey:rotations\.JWT_SECRET .*aws secretsmanager rotate-secret/,
      });
  });

  it("reads a generation from a version's labels", () => {
    assert.equal(labelledGeneration(["AWSCURRENT", "rekey-g12"]), 12);
    for (const labels of [["AWSCURRENT"], ["rekey-declared"], ["rekey-g0"], ["rekey-g1x"]])
      assert.equal(labelledGeneration(labels), undefined);
  });
});
