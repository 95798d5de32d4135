import assert from "node:assert/strict";
import {
  GoogleSecretManager,
  GoogleSecretManagerArgs,
  RotationRecord,
  SecretGeneration,
  Verification,
  liveGenerations,
} from "../../../components";
import { canary } from "../../support/mock-answers";
import { Registered, managed, named, run, secretEnvelope, settled } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withValues } from "../fixtures";

const project = "example-project";
const secretId = "app-secret-key";
const entryId = `projects/${project}/secrets/${secretId}`;

type Rest = Partial<Omit<GoogleSecretManagerArgs, "generations">>;

function store(record: RotationRecord, rest: Rest = {}) {
  return storeOf(() => withValues(record), rest);
}

/** Generation 1 is in the store already; what follows is generated. */
function adopted(record: RotationRecord, storeVersion: string, rest: Rest = {}) {
  const generations = () =>
    withValues(record).map(({ value, ...live }) =>
      live.generation === 1 ? { ...live, storeVersion } : { ...live, value },
    );
  return storeOf(generations, { adopted: true, ...rest });
}

function storeOf(generations: () => SecretGeneration[], rest: Rest) {
  return run(
    () =>
      new GoogleSecretManager("entry", {
        project,
        secretId,
        generations: generations(),
        ...rest,
      }),
  );
}

async function entry(rest: Rest): Promise<Registered> {
  return named((await store(RECORDS.rest, rest)).resources, "entry-secret");
}

const version = (generation: number) => ({
  secret: entryId,
  enabled: true,
  deletionPolicy: "DISABLE",
  secretData: secretEnvelope(canary("value", generation)),
});

describe("components/stores/google-secret-manager", () => {
  it("keeps one entry, always protected, and one version a generation", async () => {
    const { resources } = await store(RECORDS.grace);
    assert.deepEqual(
      managed(resources).map(({ type, name }) => [type, name]),
      [
        ["gcp:secretmanager/secret:Secret", "entry-secret"],
        ["gcp:secretmanager/secretVersion:SecretVersion", "entry-g1"],
        ["gcp:secretmanager/secretVersion:SecretVersion", "entry-g2"],
      ],
    );
    const secret = named(resources, "entry-secret");
    assert.deepStrictEqual(secret.inputs, {
      project,
      secretId,
      replication: { auto: {} },
      labels: { "rekey-generation": "2" },
    });
    assert.deepEqual(optionsOf(secret), {
      ...NO_OPTIONS,
      ignoreChanges: ["replication"],
      protect: true,
    });
  });

  it("keeps the old version enabled while it is in grace, never destroys one, and protects only what is used", async () => {
    const { resources } = await store(RECORDS.grace);
    const [old, used] = [named(resources, "entry-g1"), named(resources, "entry-g2")];
    assert.deepStrictEqual(old.inputs, version(1));
    assert.deepStrictEqual(used.inputs, version(2));
    assert.deepEqual(optionsOf(old), NO_OPTIONS);
    assert.deepEqual(optionsOf(used), { ...NO_OPTIONS, protect: true });
  });

  it("changes nothing but its new version when a generation is staged", async () => {
    const before = await store(RECORDS.rest);
    const after = await store(RECORDS.staged);
    for (const name of ["entry-secret", "entry-g1"])
      assert.deepStrictEqual(named(after.resources, name), named(before.resources, name));
    assert.deepEqual(optionsOf(named(after.resources, "entry-g2")), NO_OPTIONS);
  });

  it("tells consumers the version of each slot and of the active one", async () => {
    const { result } = await store(RECORDS.grace);
    assert.deepEqual(Object.keys(result.versions), ["a", "b"]);
    assert.equal((await settled(result.versions.a)).value, "1");
    assert.equal((await settled(result.versions.b)).value, "2");
    assert.equal((await settled(result.activeVersion)).value, "2");
    assert.equal((await settled(result.secretId)).value, secretId);
  });

  it("labels the entry with the generation and the time of the activation, in characters that labels allow", async () => {
    const { inputs } = await entry({ rotatedAt: "2026-01-31T12:00:00.5Z" });
    assert.deepStrictEqual(inputs.labels, {
      "rekey-generation": "1",
      "rekey-rotated-at": "2026-01-31t12-00-00-5z",
    });
  });

  const keyIn = (location: string) =>
    `projects/example-project/locations/${location}/keyRings/r/cryptoKeys/k`;
  const under = (location: string) => ({
    customerManagedEncryption: { kmsKeyName: keyIn(location) },
  });
  for (const [what, rest, replication] of [
    ["by the service's choice", { regions: [] }, { auto: {} }],
    ["anywhere under a key of one's own", { kmsKey: keyIn("global") }, { auto: under("global") }],
    [
      "in given regions",
      { regions: ["europe-west1", "europe-west4"] },
      { userManaged: { replicas: [{ location: "europe-west1" }, { location: "europe-west4" }] } },
    ],
    [
      "in one region under a key of one's own",
      { regions: ["europe-west1"], kmsKey: keyIn("europe-west1") },
      { userManaged: { replicas: [{ location: "europe-west1", ...under("europe-west1") }] } },
    ],
    [
      "in several regions, each under a key of its own",
      {
        regions: ["europe-west1", "europe-west4"],
        kmsKeys: { "europe-west4": keyIn("europe-west4"), "europe-west1": keyIn("europe-west1") },
      },
      {
        userManaged: {
          replicas: [
            { location: "europe-west1", ...under("europe-west1") },
            { location: "europe-west4", ...under("europe-west4") },
          ],
        },
      },
    ],
  ] as const)
    it(`replicates ${what}`, async () => {
      assert.deepStrictEqual((await entry(rest)).inputs.replication, replication);
    });

  it("takes over entry and version as they are: by id, without a value, and with nothing changed", async () => {
    const { result, resources } = await adopted(RECORDS.rest, "7");
    assert.deepEqual(optionsOf(named(resources, "entry-secret")), {
      ...NO_OPTIONS,
      protect: true,
      importId: entryId,
      ignoreChanges: ["replication", "labels", "annotations"],
    });
    const taken = named(resources, "entry-g1");
    assert.deepStrictEqual(taken.inputs, {
      secret: entryId,
      enabled: true,
      deletionPolicy: "DISABLE",
    });
    assert.deepEqual(optionsOf(taken), {
      ...NO_OPTIONS,
      protect: true,
      importId: `${entryId}/versions/7`,
      ignoreChanges: ["secret", "secretData"],
    });
    assert.ok(result.activeVersion);
  });

  it("keeps a version's full name as it is given", async () => {
    const name = "projects/example-project/secrets/another/versions/3";
    const { resources } = await adopted(RECORDS.rest, name);
    assert.equal(named(resources, "entry-g1").importId, name);
  });

  it("labels what it took over from the first rotation on", async () => {
    const { resources } = await adopted(RECORDS.grace, "7");
    assert.deepEqual(named(resources, "entry-secret").ignoreChanges, ["replication"]);
    assert.deepStrictEqual(named(resources, "entry-g2").inputs, version(2));
    assert.equal(named(resources, "entry-g2").importId, "");
  });

  it("lets verification hold back the retirement of every version, the adopted one too, but not of the entry", async () => {
    const { resources } = await run(
      () =>
        new GoogleSecretManager("entry", {
          project,
          secretId,
          generations: liveGenerations(RECORDS.grace).map((live) => ({
            ...live,
            storeVersion: String(live.generation),
          })),
          adopted: true,
          beforeRetirement: new Verification("app").hook,
        }),
    );
    assert.deepEqual(
      managed(resources).map(({ name, beforeDelete }) => [name, beforeDelete]),
      [
        ["entry-secret", []],
        ["entry-g1", ["app-verified"]],
        ["entry-g2", ["app-verified"]],
      ],
    );
  });
});
