import assert from "node:assert/strict";
import type { SecretDeclaration } from "../../../components/inventory";
import type { RotationRecord } from "../../../components/rotation";
import { SecretText } from "../../../components/secret-text";
import { checkConvergence } from "../../../operator/convergence/check";
import { isConverged, rowOf } from "../../../operator/convergence/run";
import type {
  AskedStore,
  HeldVersion,
  Store,
  StoreEntry,
} from "../../../operator/convergence/store";

const RECORD: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const CANARY = "canary-value";

function secret(name: string, stores: readonly string[]): SecretDeclaration {
  return {
    name,
    class: "token",
    system: "project",
    group: "sessions",
    accepts: "many",
    source: "generated",
    stores,
    consumers: [],
    interruption: "none",
    interruptionInOneUpdate: "none",
  };
}

/** A store in memory that holds these values by generation, or fails with this error; `state` is what the stack's state has. */
function store(
  kind: AskedStore,
  name: string,
  values: Readonly<Record<number, string>> | Error,
  state: readonly number[] = [1, 2],
): Store {
  const known = state.map((generation) => ({
    generation,
    versionId: `v${generation}`,
    active: generation === Math.max(...state),
  }));
  const entry: StoreEntry = { kind, name, at: {}, known };
  const versions = Object.entries(values).map(([generation, value]): HeldVersion => ({
    versionId: `v${generation}`,
    ...(state.includes(Number(generation)) ? { generation: Number(generation) } : {}),
    value: new SecretText(String(value)),
  }));
  return {
    kind,
    entries: () => [entry],
    reader: () => ({
      read: () =>
        values instanceof Error ? Promise.reject(values) : Promise.resolve({ versions }),
      undo: ({ name: of }, { versionId }) => `\`undo ${versionId} of ${of}\``,
      close: () => undefined,
    }),
  };
}

const BOTH = ["aws-secrets-manager:project/prod/JWT", "vault-kv:project/prod/jwt"];
const GOOD = { 1: `${CANARY}-1`, 2: `${CANARY}-2` };

async function check(
  stores: readonly Store[],
  secrets = [secret("JWT", BOTH)],
  more: { record?: RotationRecord; taken?: readonly string[]; interrupted?: boolean } = {},
) {
  const answers = await checkConvergence(
    {
      secrets,
      records: new Map(secrets.map(({ name }) => [name, more.record ?? RECORD])),
      state: { resources: [], pending: more.interrupted ? [{} as never] : [] },
      config: {},
      taken: new Map([["JWT", new Set(more.taken ?? [])]]),
      all: true,
    },
    stores,
  );
  const rows = answers.map(rowOf);
  assert.ok(!JSON.stringify(rows).includes(CANARY), "a value is in the document");
  return rows;
}

const verdicts = (rows: Awaited<ReturnType<typeof check>>) => rows.map(({ verdict }) => verdict);

describe("convergence of several stores", () => {
  const aws = (...args: [Record<number, string> | Error, number[]?]) =>
    store("aws-secrets-manager", "project/prod/JWT", ...args);
  const vault = (...args: [Record<number, string> | Error, number[]?]) =>
    store("vault-kv", "secret/project/prod/jwt", ...args);

  it("is equal where both hold the same of every live generation, with equal fingerprints", async () => {
    const rows = await check([aws(GOOD), vault(GOOD)]);
    assert.deepEqual(verdicts(rows), ["equal", "equal"]);
    assert.equal(rows[0]?.fingerprint, rows[1]?.fingerprint);
    assert.match(rows[0]?.fingerprint ?? "", /^[0-9a-f]{12}$/);
    assert.notEqual(rows[0]?.versions[0]?.fingerprint, rows[0]?.versions[1]?.fingerprint);
    assert.ok(isConverged(rows));
  });

  it("suspects both where two stores disagree and no version id tells which one was changed", async () => {
    const rows = await check([aws(GOOD), vault({ ...GOOD, 2: `${CANARY}-x` })]);
    assert.deepEqual(verdicts(rows), ["changed by hand", "changed by hand"]);
    assert.match(rows[0]?.reason ?? "", /generation 2 is another one than that in vault-kv:/);
    assert.match(rows[0]?.fix ?? "", /rekey rotate JWT/);
    assert.ok(!isConverged(rows));
  });

  it("suspects the one of three that holds another value of an accepted generation", async () => {
    const kubernetes = store("kubernetes-secret", "project/jwt", { ...GOOD, 1: `${CANARY}-x` });
    const three = [secret("JWT", [...BOTH, "kubernetes-secret:project/jwt"])];
    const rows = await check([aws(GOOD), vault(GOOD), kubernetes], three);
    assert.deepEqual(verdicts(rows), ["equal", "equal", "changed by hand"]);
    assert.match(rows[2]?.reason ?? "", /generation 1 /);
  });

  it("names the store that holds a version which the state does not have, and only that one", async () => {
    const rows = await check([aws({ ...GOOD, 3: `${CANARY}-3` }), vault(GOOD)]);
    assert.deepEqual(verdicts(rows), ["changed by hand", "equal"]);
    assert.match(rows[0]?.fix ?? "", /`undo v3 of project\/prod\/JWT`/);
  });

  it("takes such a version for an interrupted update's where one was, and for awaited where the settings name it", async () => {
    const extra = [aws({ ...GOOD, 3: `${CANARY}-3` }), vault(GOOD)];
    const [interrupted] = await check(extra, undefined, { interrupted: true });
    assert.match(interrupted?.fix ?? "", /^`rekey up`/);
    assert.deepEqual(verdicts(await check(extra, undefined, { taken: ["v3"] })), [
      "equal",
      "equal",
    ]);
  });

  it("says that one store is behind while the other is equal", async () => {
    const rows = await check([aws({ 1: GOOD[1] }, [1]), vault(GOOD)]);
    assert.deepEqual(verdicts(rows), ["behind", "equal"]);
    assert.deepEqual([rows[0]?.generation, rows[0]?.recordGeneration], [1, 2]);
  });

  it("says that a retired generation is still there, and that a staged one is not there yet", async () => {
    const retired = { generation: 2, active: "b", slots: { b: 2 } };
    const [still] = await check([aws(GOOD), vault(GOOD)], undefined, { record: retired });
    assert.equal(still?.verdict, "behind");
    assert.match(still.reason ?? "", /generation 1 is retired in the record and still readable/);
    const staged = { generation: 3, active: "b", slots: { a: 3, b: 2 } };
    const [awaited] = await check([aws({ 2: GOOD[2] }, [2]), vault(GOOD)], undefined, {
      record: staged,
    });
    assert.match(awaited?.reason ?? "", /generation 3 \(staged\) is in the record and not/);
  });

  it("never calls a store that does not answer equal, nor hides the others", async () => {
    const down = new Error("Vault: GET secret/data/project/prod/jwt: ECONNREFUSED");
    const rows = await check([aws(GOOD), vault(down)]);
    assert.deepEqual(verdicts(rows), ["equal", "unreachable"]);
    assert.match(rows[1]?.reason ?? "", /^unknown: .*ECONNREFUSED/);
    assert.ok(!isConverged(rows));
  });

  it("cannot be converged where nothing could be asked", async () => {
    const rows = await check([], [secret("JWT", ["env-file:project"])]);
    assert.deepEqual(verdicts(rows), ["not asked"]);
    assert.match(rows[0]?.reason ?? "", /env file/);
    assert.ok(!isConverged(rows));
  });

  it("leaves a backend that the stack did not choose unasked, and misses a store that it has not got yet", async () => {
    assert.deepEqual(verdicts(await check([aws(GOOD)])), ["equal", "not asked"]);
    assert.deepEqual(verdicts(await check([])), ["missing", "missing"]);
    const other = store("vault-kv", "secret/project/prod/other", GOOD);
    const rows = await check([aws(GOOD), other]);
    assert.deepEqual(
      rows.map((row) => [row.secret, row.verdict]),
      [
        ["JWT", "equal"],
        ["JWT", "missing"],
        [null, "not asked"],
      ],
    );
  });

  it("finds an entry under the path that the stack chose in place of the declared one", async () => {
    const elsewhere = [
      store("aws-secrets-manager", "project/staging/jwt", GOOD),
      store("vault-kv", "kv/team/project/jwt", GOOD),
    ];
    const rows = await check(elsewhere);
    assert.deepEqual(
      rows.map(({ secret: of, store: where, verdict }) => [of, where, verdict]),
      [
        ["JWT", "aws-secrets-manager:project/staging/jwt", "equal"],
        ["JWT", "vault-kv:kv/team/project/jwt", "equal"],
      ],
    );
    assert.ok(isConverged(rows));
  });

  it("finds an entry by the secret's own name where the declaration names no such store", async () => {
    const rows = await check([aws(GOOD)], [secret("JWT", ["env-file:project"])]);
    assert.deepEqual(
      rows.map(({ store: where, verdict }) => [where, verdict]),
      [
        ["env-file:project", "not asked"],
        ["aws-secrets-manager:project/prod/JWT", "equal"],
      ],
    );
  });
});
