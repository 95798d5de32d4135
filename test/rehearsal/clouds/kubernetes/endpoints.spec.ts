import assert from "node:assert/strict";
import { until } from "../../../../rehearsal/processes";
import { HOOK, deployment, named, secret, service, startFake, type Started } from "./fixture";

interface Subset {
  addresses?: object[];
  notReadyAddresses?: object[];
}

describe("rehearsal/clouds/kubernetes: what controllers write", function () {
  this.timeout(60_000);
  let started: Started;
  const mine = { fieldManager: "rekey" };
  const at = (plural: string) =>
    named(plural, "search", plural === "deployments" ? "apps/v1" : "v1");

  before(async () => {
    started = await startFake();
    for (const [name, value] of [
      ["key-g1", "one"],
      ["key-g2", "bad"],
    ] as const)
      await started.client.apply(named("secrets", name), secret(name, value), mine);
  });
  after(() => started?.stop());

  /** How many pods of the service are ready, and how many not. */
  async function endpoints(): Promise<[number, number]> {
    const found = await started.client.read(at("endpoints"));
    const subsets = (found?.subsets ?? []) as Subset[];
    const count = (key: keyof Subset) => subsets.flatMap((one) => one[key] ?? []).length;
    return [count("addresses"), count("notReadyAddresses")];
  }

  async function roll(secretName: string): Promise<void> {
    const wanted = deployment("search", secretName, {}, HOOK);
    await started.client.apply(at("deployments"), wanted, mine);
  }

  async function revisions(): Promise<(string | undefined)[]> {
    const place = { apiVersion: "apps/v1", namespace: at("services").namespace };
    const sets = await started.client.list({ ...place, plural: "replicasets" });
    const live = await started.client.read(at("deployments"));
    return [live, ...sets].map(
      (one) => one?.metadata.annotations?.["deployment.kubernetes.io/revision"],
    );
  }

  it("lists the pods that a service fits, ready and not, and none that is leaving", async () => {
    await started.client.apply(at("services"), service("search"), mine);
    assert.deepEqual(await endpoints(), [0, 0]);
    await roll("key-g1");
    await until("both serve", async () => String(await endpoints()) === "2,0", 20_000);
    await roll("key-g2");
    await until("one never will", async () => String(await endpoints()) === "2,1", 20_000);
  });

  it("counts the rollouts of a deployment, each in its replica set, which is what a pod belongs to", async () => {
    assert.deepEqual((await revisions()).sort(), ["1", "2", "2"]);
    const [pod] = await started.client.list(named("pods", ""));
    const [owner] = pod?.metadata["ownerReferences" as never] as unknown as { kind: string }[];
    assert.equal(owner?.kind, "ReplicaSet");
  });

  it("keeps a deployment that is deleted in the foreground until its pods are gone", async () => {
    await started.client.delete(at("deployments"), "Foreground");
    const marked = await started.client.read(at("deployments"));
    assert.ok(marked?.metadata.deletionTimestamp !== undefined);
    assert.deepEqual(await endpoints(), [0, 0]);
    const gone = async () => (await started.client.read(at("deployments"))) === undefined;
    await until("it is gone", gone, 20_000);
    assert.deepEqual(await started.client.list(named("pods", "")), []);
  });
});
