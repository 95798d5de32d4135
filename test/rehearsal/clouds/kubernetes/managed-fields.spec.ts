import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../../operator/kubernetes";
import type { ManagedFieldsEntry } from "../../../../rehearsal/clouds/kubernetes/managed-fields";
import { NAMESPACE, deployment, named, startFake, type Started } from "./fixture";

describe("rehearsal/clouds/kubernetes: who holds which field", function () {
  this.timeout(30_000);
  let started: Started;
  const mine = { fieldManager: "rekey" };
  const maps = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

  before(async () => (started = await startFake()));
  after(() => started?.stop());

  function map(name: string, data: Record<string, string>) {
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
  }

  function held({ metadata }: KubernetesObject): ManagedFieldsEntry[] {
    return metadata.managedFields as ManagedFieldsEntry[];
  }

  it("is told in the API's own form, lists by their entries' names", async () => {
    const name = named("deployments", "idle", "apps/v1");
    const made = await started.client.apply(
      name,
      deployment("idle", "none", { replicas: 0 }),
      mine,
    );
    const [entry] = held(made);
    assert.deepEqual(
      [entry?.manager, entry?.operation, entry?.apiVersion, entry?.fieldsType],
      ["rekey", "Apply", "apps/v1", "FieldsV1"],
    );
    assert.match(entry?.time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { "f:spec": spec } = entry?.fieldsV1 as Record<string, Record<string, object>>;
    const container = `"k:{\\"name\\":\\"idle\\"}":{".":{}`;
    assert.ok(JSON.stringify(spec).includes(container), JSON.stringify(spec));
    assert.ok(!JSON.stringify(spec).includes("progressDeadlineSeconds"), "a default is held");
  });

  it("counts one name as two managers: what it made, it does not hold when it applies", async () => {
    const { client } = started;
    const name = named("configmaps", "made");
    await client.make(name, map("made", { a: "1", b: "1" }), mine);
    await assert.rejects(
      client.apply(name, map("made", { a: "2" }), mine),
      /conflict with "rekey" using v1: \.data\.a/,
    );
    const { data } = await client.apply(name, map("made", { a: "1" }), mine);
    assert.deepEqual(data, { a: "1", b: "1" }, "it took away what it held otherwise");
  });

  it("is handed over by a patch of the object's own list", async () => {
    const { client } = started;
    const name = named("configmaps", "handed");
    const made = await client.make(name, map("handed", { a: "1", b: "1" }), mine);
    const value = held(made).map((entry) => ({ ...entry, operation: "Apply" }));
    const patch = [{ op: "replace", path: "/metadata/managedFields", value }];
    await client.call("PATCH", `${maps}/handed`, patch, "application/json-patch+json");
    const { data } = await client.apply(name, map("handed", { a: "2" }), mine);
    assert.deepEqual(data, { a: "2" });
  });

  it("puts the entries of a list in the order in which they were applied", async () => {
    const { client } = started;
    const name = named("deployments", "ordered", "apps/v1");
    const wanted = (...names: string[]) => {
      const made = deployment("ordered", "none", { replicas: 0 });
      const env = names.map((one) => ({ name: one, value: one }));
      Object.assign(made.spec.template.spec.containers[0] ?? {}, { env });
      return made;
    };
    await client.apply(name, wanted("A", "C"), mine);
    const { spec } = await client.apply(name, wanted("C", "B", "A"), mine);
    const { template } = spec as { template: { spec: { containers: { env: object[] }[] } } };
    assert.deepEqual(
      template.spec.containers[0]?.env.map((one) => (one as { name: string }).name),
      ["C", "B", "A"],
    );
  });
});
