import assert from "node:assert/strict";
import {
  ConfigurationError,
  KvGeneration,
  RotationRecord,
  VaultKv,
  VaultKvArgs,
  Verification,
  takesOut,
} from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, named, run, settled } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withUsers, withValues } from "../fixtures";

type Rest = Partial<Omit<VaultKvArgs, "generations" | "path">>;

function store(generations: () => readonly KvGeneration[], rest: Rest = {}) {
  return run(
    () => new VaultKv("entry", { path: "project/prod/key", generations: generations(), ...rest }),
  );
}

/** What one version of the path holds. */
async function held(generations: () => readonly KvGeneration[], rest: Rest = {}) {
  const { inputs } = named((await store(generations, rest)).resources, "entry-secret");
  assert.ok(isEnvelope(inputs.dataJson), "the data is not secret");
  return {
    data: JSON.parse(inputs.dataJson.value as string) as unknown,
    metadata: (inputs.customMetadata as { data: unknown }).data,
  };
}

/** Generation 1 was found in Vault; what follows is generated. */
const found = (record: RotationRecord) => () =>
  withValues(record).map(({ value, ...live }) =>
    live.generation === 1 ? { ...live, storeVersion: "3" } : { ...live, value },
  );

describe("components/stores/vault-kv", () => {
  it("declares one protected resource, whose path is known before it exists", async () => {
    const { result, resources } = await store(() => withValues(RECORDS.rest));
    const [only, ...others] = managed(resources);
    assert.deepEqual([only?.type, others], ["vault:kv/secretV2:SecretV2", []]);
    assert.deepEqual(optionsOf(named(resources, "entry-secret")), { ...NO_OPTIONS, protect: true });
    assert.deepEqual([only?.inputs.mount, only?.inputs.name], ["secret", "project/prod/key"]);
    assert.equal(result.dataPath, "secret/data/project/prod/key");
    assert.deepEqual([result.generation, (await settled(result.version)).value], [1, "1"]);
  });

  it("keeps the active value where readers look, and every live one beside it by slot", async () => {
    assert.deepEqual(
      await held(() => withValues(RECORDS.grace), { rotatedAt: "2026-01-31T12:00:00Z" }),
      {
        data: {
          value: canary("value", 2),
          generation: "2",
          value_a: canary("value", 1),
          generation_a: "1",
          value_b: canary("value", 2),
          generation_b: "2",
        },
        metadata: {
          "rekey-generation": "2",
          "rekey-live": "a:1,b:2",
          "rekey-rotated-at": "2026-01-31T12:00:00Z",
        },
      },
    );
  });

  it("shows readers of the active value no change when a generation is staged", async () => {
    const { data } = await held(() => withValues(RECORDS.staged));
    const { value, generation } = data as Record<string, string>;
    assert.deepEqual([value, generation], [canary("value", 1), "1"]);
  });

  it("holds nothing of a retired generation", async () => {
    const { data } = await held(() => withValues(RECORDS.rotated));
    assert.deepEqual(data, {
      value: canary("value", 2),
      generation: "2",
      value_b: canary("value", 2),
      generation_b: "2",
    });
  });

  it("moves user name and password as one unit", async () => {
    const { data } = await held(() => withUsers(RECORDS.grace));
    const { username, value, username_a } = data as Record<string, string>;
    assert.deepEqual([username, value, username_a], ["capanel_b", canary("value", 2), "capanel_a"]);
  });

  it("changes by a repair number and nothing else when the path is to be written again", async () => {
    const before = await held(() => withValues(RECORDS.rest));
    const after = await held(() => withValues(RECORDS.rest), { repair: 1 });
    assert.deepEqual(after.data, before.data);
    assert.deepEqual(after.metadata, { ...(before.metadata as object), "rekey-repair": "1" });
  });

  it("writes nothing while the value that was found in Vault is the active one", async () => {
    for (const record of [RECORDS.rest, RECORDS.staged]) {
      const { result, resources } = await store(found(record), { adopted: true });
      assert.deepEqual(managed(resources), []);
      assert.equal((await settled(result.version)).value, "3");
    }
  });

  it("refers to the version of the value that was found once a generated one is active", async () => {
    const { data } = await held(found(RECORDS.grace), { adopted: true });
    assert.deepEqual(data, {
      value: canary("value", 2),
      generation: "2",
      version_a: "3",
      generation_a: "1",
      value_b: canary("value", 2),
      generation_b: "2",
    });
  });

  it("refuses an active value that it does not know, with what mends it", async () => {
    const refused = store(found(RECORDS.rest));
    await assert.rejects(refused, (error: ConfigurationError) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /project\/prod\/key: generation 1 is active.*rekey intake/);
      return true;
    });
  });

  it("lets verification hold back the write that takes a retired value out, and no other", async () => {
    const hooks = async (record: RotationRecord) => {
      const { resources } = await run(
        () =>
          new VaultKv("entry", {
            path: "p",
            generations: withValues(record),
            beforeRetirement: new Verification("app").hook,
          }),
      );
      return named(resources, "entry-secret").beforeUpdate;
    };
    assert.deepEqual(await hooks(RECORDS.rotated), ["entry-retires"]);
    assert.deepEqual(await hooks(RECORDS.grace), ["entry-retires"]);
    const inputs = (live: string) => ({ customMetadata: { data: { "rekey-live": live } } });
    assert.equal(takesOut(inputs("a:1,b:2"), inputs("b:2")), true);
    assert.equal(takesOut(inputs("a:1,b:2,c:3"), inputs("b:2,c:3")), true, "of three, too");
    assert.equal(takesOut(inputs("a:1"), inputs("a:1,b:2")), false, "a stage");
    assert.equal(takesOut(inputs("b:2"), inputs("b:2")), false, "a new time alone");
    assert.equal(takesOut({}, inputs("b:2")), true, "nothing is known of what was there");
  });
});
