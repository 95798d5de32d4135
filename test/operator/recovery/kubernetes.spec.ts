import assert from "node:assert/strict";
import { settle } from "../../../operator/recovery/leftovers";
import type { Span } from "../../../operator/recovery/failed-updates";
import type { Settled } from "../../../operator/recovery/settled";
import {
  clientWith,
  deployment,
  named,
  NAMESPACE,
  secret,
  service,
  startFake,
  type Started,
} from "../../rehearsal/clouds/kubernetes/fixture";
import { cloudWith, urnOf } from "./stack";

const SECRET = "kubernetes:core/v1:Secret";
const MANAGER = { fieldManager: "example" };

describe("operator/recovery: creations in Kubernetes that were interrupted", function () {
  this.timeout(30_000);
  let started: Started;

  before(async () => {
    started = await startFake();
  });
  after(() => started?.stop());

  /** Settles the creation of an object, with what the state has. */
  function settled(
    type: string,
    name: string,
    client = started.client,
    resources: readonly { type: string; id: string }[] = [],
    failed?: readonly Span[],
  ): Promise<Settled> {
    const made = { type, urn: urnOf({ type, name }), outputs: {}, initErrors: [] };
    const resource = { ...made, inputs: { metadata: { namespace: NAMESPACE, name } } };
    const known = resources.map(({ type: of, id }) => ({
      ...{ type: of, id, urn: urnOf({ type: of, name: "other" }) },
      ...{ inputs: {}, outputs: {}, initErrors: [] },
    }));
    const cloud = cloudWith({ kubernetes: () => client });
    const creation = { resource, state: { resources: known, pending: [] }, cloud };
    return settle({ ...creation, ...(failed && { failed }) });
  }
  const apply = (plural: string, object: { metadata: { name: string } }, apiVersion = "v1") =>
    started.client.apply(named(plural, object.metadata.name, apiVersion), object, MANAGER);

  it("leave nothing to do where nothing is there", async () => {
    assert.deepEqual(await settled(SECRET, "none-g1"), { kind: "nothing" });
    assert.deepEqual(await settled("kubernetes:apps/v1:Deployment", "none"), { kind: "nothing" });
  });

  it("give the state what is there, by namespace and name", async () => {
    await apply("services", service("search"));
    assert.deepEqual(await settled("kubernetes:core/v1:Service", "search"), {
      kind: "exists",
      id: `${NAMESPACE}/search`,
    });
  });

  it("give the state nothing that another of its resources has", async () => {
    const type = "kubernetes:core/v1:Service";
    await apply("services", service("taken"));
    const known = [{ type, id: `${NAMESPACE}/taken` }];
    assert.deepEqual(await settled(type, "taken", started.client, known), { kind: "known" });
  });

  it("delete the secret of a generation that no workload refers to", async () => {
    await apply("secrets", secret("key-g2", "example"));
    assert.deepEqual(await settled(SECRET, "key-g2"), {
      kind: "cleared",
      what: `secret ${NAMESPACE}/key-g2 deleted: nothing refers to it`,
    });
    assert.equal(await started.client.read(named("secrets", "key-g2")), undefined);
  });

  it("keep the secret of a generation that a workload refers to", async () => {
    await apply("secrets", secret("key-g3", "example"));
    await apply("deployments", deployment("reader", "key-g3", { replicas: 0 }), "apps/v1");
    const exists = { kind: "exists", id: `${NAMESPACE}/key-g3` };
    assert.deepEqual(await settled(SECRET, "key-g3"), exists);
    assert.ok(await started.client.read(named("secrets", "key-g3")));
  });

  it("keep a secret that can be changed in place", async () => {
    await apply("secrets", secret("plain", "example", false));
    const exists = { kind: "exists", id: `${NAMESPACE}/plain` };
    assert.deepEqual(await settled(SECRET, "plain"), exists);
  });

  describe("whose creation failed, and may have been made all the same", () => {
    const around = (ms: number): Span[] => [
      { from: new Date(Date.now() + ms - 60_000), to: new Date(Date.now() + ms + 60_000) },
    ];
    const NOW = around(0);
    const made = (name: string, fieldManager: string) =>
      started.client.make(named("services", name), service(name), { fieldManager });
    const looked = (name: string, failed: readonly Span[]) =>
      settled("kubernetes:core/v1:Service", name, started.client, [], failed);

    it("are ours if Pulumi's provider made them while it was tried", async () => {
      for (const manager of ["pulumi-kubernetes", "pulumi-kubernetes-1a2b3c4d"]) {
        const name = `answered-${manager.length}`;
        await made(name, manager);
        assert.deepEqual(await looked(name, NOW), {
          kind: "exists",
          id: `${NAMESPACE}/${name}`,
        });
      }
    });

    it("are another's if they were made at another time, or by something else", async () => {
      await made("another-time", "pulumi-kubernetes");
      for (const ms of [-3_600_000, 3_600_000])
        assert.deepEqual(await looked("another-time", around(ms)), { kind: "nothing" });
      await made("by-hand", "kubectl-create");
      assert.deepEqual(await looked("by-hand", NOW), { kind: "nothing" });
    });

    it("leave another's secret where it is, although nothing refers to it", async () => {
      await apply("secrets", secret("theirs-g2", "example"));
      const look = settled(SECRET, "theirs-g2", started.client, [], NOW);
      assert.deepEqual(await look, { kind: "nothing" });
      assert.ok(await started.client.read(named("secrets", "theirs-g2")));
    });
  });

  it("stop the update where the cluster does not answer the question", async () => {
    const stranger = clientWith(
      started,
      started.client.access.token.map(() => "nobody's"),
    );
    await assert.rejects(settled(SECRET, "key-g3", stranger), /Unauthorized|401/);
    stranger.close();
  });
});
