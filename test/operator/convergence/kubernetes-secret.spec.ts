import assert from "node:assert/strict";
import type { RotationRecord } from "../../../components/rotation";
import { kubernetesSecretStore as store } from "../../../operator/convergence/kubernetes-secret";
import type { StoreEntry } from "../../../operator/convergence/store";
import { judge } from "../../../operator/convergence/verdict";
import { config, kubeconfig, resource, stubbed } from "./stub";

const RECORD: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const object = (generation: number, more = {}) =>
  resource("kubernetes:core/v1:Secret", `meili-store-g${generation}`, {
    id: `search/meili-api-key-g${generation}`,
    outputs: { metadata: { uid: `uid-${generation}` } },
    ...more,
  });
const SINGLES = store.entries([object(1), object(2, { protect: true })])[0] as StoreEntry;
const KEYRING = store.entries([
  resource("kubernetes:core/v1:Secret", "search-keys-2-1", {
    id: "search/keys-2-1",
    inputs: { metadata: { annotations: { "rekey.generations": "2,1" } } },
    outputs: { metadata: { uid: "uid-1" } },
  }),
])[0] as StoreEntry;

/** What is judged where the cluster has these objects, by name. */
function judged(
  objects: Readonly<Record<string, { uid: string; value: string }>>,
  entry = SINGLES,
) {
  return stubbed(
    ({ path, headers }) => {
      assert.equal(headers.authorization, "Bearer example-token");
      const name = /^\/api\/v1\/namespaces\/search\/secrets\/([\w-]+)$/.exec(path)?.[1] ?? "";
      const found = objects[name];
      if (found === undefined) return [404, { reason: "NotFound", message: "not found" }];
      const value = Buffer.from(found.value).toString("base64");
      return [
        200,
        {
          ...{ apiVersion: "v1", kind: "Secret", data: { value } },
          metadata: { name, namespace: "search", uid: found.uid },
        },
      ];
    },
    async (url) => {
      const reader = store.reader(config({ "kubernetes:kubeconfig": kubeconfig(url) }));
      try {
        const reading = await reader.read(entry);
        const undo = reader.undo.bind(reader, entry);
        const taken = new Set<string>();
        const judgement = judge(entry, reading, {
          record: RECORD,
          undo,
          taken,
          interrupted: false,
        });
        return { reading, judgement };
      } finally {
        reader.close();
      }
    },
  );
}

const ONE = { uid: "uid-1", value: "value-one" };
const TWO = { uid: "uid-2", value: "value-two" };

describe("convergence: Kubernetes", () => {
  it("groups the objects of one secret by their common name", () => {
    assert.deepEqual(SINGLES, {
      kind: "kubernetes-secret",
      name: "search/meili-api-key",
      at: { namespace: "search", secretName: "meili-api-key" },
      known: [
        { generation: 1, versionId: "uid-1", active: false },
        { generation: 2, versionId: "uid-2", active: true },
      ],
    });
  });

  it("reads each generation's object", async () => {
    const { reading, judgement } = await judged({
      "meili-api-key-g1": ONE,
      "meili-api-key-g2": TWO,
    });
    assert.deepEqual(
      reading?.versions.map(({ generation, value }) => [generation, value?.reveal()]),
      [
        [1, "value-one"],
        [2, "value-two"],
      ],
    );
    assert.deepEqual(judgement, { verdict: "equal" });
  });

  it("reads every key of a keyring's list, the active one first, under the name that its objects share", async () => {
    assert.equal(KEYRING.name, "search/keys");
    const list = { "keys-2-1": { uid: "uid-1", value: "value-two,value-one" } };
    const { reading, judgement } = await judged(list, KEYRING);
    assert.deepEqual(
      reading?.versions.map(({ generation, value }) => [generation, value?.reveal()]),
      [
        [2, "value-two"],
        [1, "value-one"],
      ],
    );
    assert.deepEqual(judgement, { verdict: "equal" });
    const other = { "keys-2-1": { uid: "uid-9", value: "value-two,by-hand" } };
    const changed = (await judged(other, KEYRING)).judgement;
    assert.match(changed.fix ?? "", /kubectl -n search delete secret keys-2-1/);
    assert.equal((await judged({}, KEYRING)).judgement.verdict, "missing");
  });

  it("notices that an object was deleted and made again by hand", async () => {
    const other = { uid: "uid-9", value: "by-hand" };
    const { judgement } = await judged({ "meili-api-key-g1": ONE, "meili-api-key-g2": other });
    assert.equal(judgement.verdict, "changed by hand");
    assert.match(judgement.fix ?? "", /kubectl -n search delete secret meili-api-key-g2/);
  });

  it("notices that the object of a live generation is gone", async () => {
    const { judgement } = await judged({ "meili-api-key-g2": TWO });
    assert.equal(judgement.verdict, "missing");
    assert.match(judgement.reason ?? "", /generation 1 \(grace\)/);
  });
});
