import assert from "node:assert/strict";
import {
  KubernetesSecret,
  KubernetesSecretArgs,
  RotationRecord,
  Verification,
} from "../../../components";
import { canary } from "../../support/mock-answers";
import { managed, named, run, secretEnvelope, settled } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withUsers, withValues } from "../fixtures";

function store(generations: () => KubernetesSecretArgs["generations"]) {
  const args = { namespace: "project", secretName: "meili-api-key" };
  return run(() => new KubernetesSecret("meili", { ...args, generations: generations() }));
}

describe("components/stores/kubernetes-secret", () => {
  it("keeps one immutable object a generation, the value in a secret envelope", async () => {
    const { resources } = await store(() => withValues(RECORDS.grace));
    assert.deepStrictEqual(named(resources, "meili-g1").inputs, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace: "project",
        name: "meili-api-key-g1",
        labels: { "app.kubernetes.io/managed-by": "rekey" },
        annotations: { "rekey.generation": "1" },
      },
      type: "Opaque",
      immutable: true,
      stringData: secretEnvelope({ value: canary("value", 1) }),
    });
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["meili-g1", "meili-g2"],
    );
  });

  it("protects the object that is used, and no other", async () => {
    const { resources } = await store(() => withValues(RECORDS.grace));
    assert.deepEqual(optionsOf(named(resources, "meili-g1")), NO_OPTIONS);
    assert.deepEqual(optionsOf(named(resources, "meili-g2")), { ...NO_OPTIONS, protect: true });
  });

  it("changes nothing but its new object when a generation is staged", async () => {
    const before = await store(() => withValues(RECORDS.rest));
    const after = await store(() => withValues(RECORDS.staged));
    assert.deepStrictEqual(named(after.resources, "meili-g1"), named(before.resources, "meili-g1"));
    assert.equal((await settled(after.result.activeName)).value, "meili-api-key-g1");
  });

  it("names the object of each slot, in clear", async () => {
    const { result } = await store(() => withValues(RECORDS.grace));
    assert.deepEqual(Object.keys(result.names), ["a", "b"]);
    const active = await settled(result.activeName);
    assert.deepEqual(
      [active.value, active.isSecret, result.generation],
      ["meili-api-key-g2", false, 2],
    );
  });

  it("moves user name and password as one unit", async () => {
    const { resources } = await store(() => withUsers(RECORDS.rest));
    const { stringData } = named(resources, "meili-g1").inputs;
    const unit = { value: canary("value", 1), username: "capanel_a" };
    assert.deepStrictEqual(stringData, secretEnvelope(unit));
  });

  it("refers to an object that was found, and declares nothing for it", async () => {
    const { result, resources } = await store(() =>
      withValues(RECORDS.grace).map(({ value, ...live }) =>
        live.generation === 1 ? { ...live, storeVersion: "meili" } : { ...live, value },
      ),
    );
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["meili-g2"],
    );
    assert.equal((await settled(result.names.a)).value, "meili");
  });

  it("lets verification hold back the deletion of every object", async () => {
    const record: RotationRecord = RECORDS.grace;
    const { resources } = await run(
      () =>
        new KubernetesSecret("meili", {
          ...{ namespace: "project", secretName: "meili", generations: withValues(record) },
          beforeRetirement: new Verification("search").hook,
        }),
    );
    assert.deepEqual(
      managed(resources).map(({ beforeDelete }) => beforeDelete),
      [["search-verified"], ["search-verified"]],
    );
  });
});
