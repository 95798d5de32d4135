import assert from "node:assert/strict";
import type { RotationRecord } from "../../../components/rotation";
import type { HeldVersion, Reading, StoreEntry } from "../../../operator/convergence/store";
import { vaultKvStore as store } from "../../../operator/convergence/vault-kv";
import { judge } from "../../../operator/convergence/verdict";
import { config, resource, stubbed } from "./stub";

const RECORD: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const PATH = "/v1/secret/data/project/prod/jwt-secret";
const WRITTEN = {
  value: "value-two",
  generation: "2",
  value_a: "value-one",
  generation_a: "1",
  value_b: "value-two",
  generation_b: "2",
};
const STATE = [
  resource("vault:kv/secretV2:SecretV2", "jwt-secret", {
    id: "secret/data/project/prod/jwt-secret",
    protect: true,
    inputs: {
      mount: "secret",
      name: "project/prod/jwt-secret",
      customMetadata: { data: { "rekey-generation": "2", "rekey-live": "a:1,b:2" } },
    },
    outputs: { metadata: { version: "7" } },
  }),
];
const ENTRY = store.entries(STATE)[0] as StoreEntry;

interface Held {
  readonly reading: Reading | undefined;
  readonly undo: (held: HeldVersion) => string;
}

/** What is read where the engine has these versions, the newest last. */
function held(versions: Readonly<Record<number, object>>, entry = ENTRY): Promise<Held> {
  const newest = Math.max(...Object.keys(versions).map(Number));
  return stubbed(
    ({ path, headers }) => {
      assert.equal(headers["x-vault-token"], "example-token");
      const [where, query] = path.split("?version=");
      assert.equal(where, PATH);
      const version = query === undefined ? newest : Number(query);
      const data = versions[version];
      return data === undefined
        ? [404, { errors: [] }]
        : [200, { data: { data, metadata: { version } } }];
    },
    async (url) => {
      const reader = store.reader(config({ "vault:address": url, "vault:token": "example-token" }));
      try {
        return { reading: await reader.read(entry), undo: (one) => reader.undo(entry, one) };
      } finally {
        reader.close();
      }
    },
  );
}

const judged = ({ reading, undo }: Held, record = RECORD) =>
  judge(ENTRY, reading, { record, undo, taken: new Set(), interrupted: false });

describe("convergence: Vault KV", () => {
  it("is not asked about where values are taken in: nobody reads there but the program", () => {
    const name = "project/prod/intake/jwt-secret/g2";
    const intake = resource("vault:kv/secretV2:SecretV2", "jwt-secret-intake-g2", {
      id: `secret/data/${name}`,
      inputs: { mount: "secret", name },
    });
    assert.deepEqual(store.entries([...STATE, intake]), [ENTRY]);
  });

  it("finds a path with its version and the generations that it says it holds", () => {
    assert.deepEqual(ENTRY, {
      kind: "vault-kv",
      name: "secret/project/prod/jwt-secret",
      at: { mount: "secret", path: "project/prod/jwt-secret" },
      known: [
        { generation: 1, versionId: "7", active: false },
        { generation: 2, versionId: "7", active: true },
      ],
    });
  });

  it("reads the value in use and those accepted", async () => {
    const found = await held({ 7: WRITTEN });
    assert.equal(found.reading?.active, 2);
    assert.deepEqual(
      found.reading?.versions.map(({ generation, value }) => [generation, value?.reveal()]),
      [
        [2, "value-two"],
        [1, "value-one"],
        [2, "value-two"],
      ],
    );
    assert.deepEqual(judged(found), { verdict: "equal" });
  });

  it("notices a version that was written past the program, until it is rolled back", async () => {
    const byHand = judged(await held({ 7: WRITTEN, 8: { ...WRITTEN, value: "by-hand" } }));
    assert.equal(byHand.verdict, "changed by hand");
    assert.match(byHand.reason ?? "", /version 8 is what readers get/);
    assert.match(
      byHand.fix ?? "",
      /vault kv rollback -mount=secret -version=7 project\/prod\/jwt-secret/,
    );
    const back = await held({ 7: WRITTEN, 8: { value: "by-hand" }, 9: WRITTEN });
    assert.deepEqual(judged(back), { verdict: "equal" });
  });

  it("says that the path is behind where the state has moved on and the record too", async () => {
    const found = await held({ 7: WRITTEN });
    const ahead = { generation: 3, active: "a", slots: { a: 3, b: 2 } };
    assert.equal(judged(found, ahead).verdict, "behind");
    const atRest = { generation: 1, active: "a", slots: { a: 1 } };
    assert.equal(judged(found, atRest).verdict, "ahead");
  });

  it("calls a deleted path missing", async () => {
    const gone = await stubbed(
      () => [404, { errors: [] }],
      (url) =>
        store.reader(config({ "vault:address": url, "vault:token": "example-token" })).read(ENTRY),
    );
    assert.equal(gone, undefined);
  });

  it("finds what was adopted and not yet rotated, in whatever form it is", async () => {
    const component = resource("rekey:index:VaultKv", "jwt", {
      outputs: { dataPath: "secret/data/project/prod/jwt-secret", version: "3" },
    });
    const [adopted] = store.entries([component]);
    assert.ok(adopted);
    assert.deepEqual(adopted.known, [{ generation: 1, versionId: "3", active: true }]);
    const { reading } = await held({ 3: { JWT_SECRET: "as-found" } }, adopted);
    assert.equal(reading?.active, 1);
    assert.equal(reading?.versions.length, 1);
  });

  it("does not ask a path that holds several secrets", () => {
    const [shared] = store.entries([
      resource("vault:kv/secretV2:SecretV2", "all", {
        inputs: {
          mount: "secret",
          name: "project/prod",
          customMetadata: { data: { "JWT_SECRET-generation": "1" } },
        },
      }),
    ]);
    assert.match(shared?.notAsked ?? "", /several secrets/);
  });

  it("says what Vault refused, and that an address is missing", async () => {
    await stubbed(
      () => [403, { errors: ["permission denied"] }],
      async (url) => {
        const reader = store.reader(
          config({ "vault:address": url, "vault:token": "example-token" }),
        );
        await assert.rejects(reader.read(ENTRY), /GET secret\/data\/.*403: permission denied/);
        reader.close();
      },
    );
    const address = process.env.VAULT_ADDR;
    delete process.env.VAULT_ADDR;
    try {
      assert.throws(() => store.reader(config({})), /vault:address is missing/);
    } finally {
      if (address !== undefined) process.env.VAULT_ADDR = address;
    }
  });
});
