import assert from "node:assert/strict";
import { KubernetesSecret, RotationRecord, Token, liveGenerations } from "../../components";
import { startFaultProxy, type FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { answering, type FaultedStore, tryEveryCall } from "../support/faults";
import { MATRIX_MS } from "../support/rehearsal";
import { isUpstream } from "../support/upstream";
import { NAMESPACE, named, inFrontOf, startFake, type Started } from "./clouds/kubernetes/fixture";
import { TestProject } from "./providers/project";

const START: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  const place = { namespace: NAMESPACE, secretName: "jwt-secret" };
  new KubernetesSecret("jwt-kubernetes", { ...place, generations });
  return Promise.resolve();
};

describe("a Kubernetes API that answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let cluster: Started;
  let proxy: FaultProxy;
  let project: TestProject;

  before(async () => {
    cluster = await startFake();
    proxy = await startFaultProxy(inFrontOf(cluster.fake));
    project = await TestProject.create({ PULUMI_K8S_CLIENT_TIMEOUT: "2" });
    const kubeconfig = cluster.fake.kubeconfig(proxy.url).reveal();
    await project.configure({}, { "kubernetes:kubeconfig": kubeconfig });
    await project.up(program(START));
  });
  after(async () => {
    await proxy?.stop();
    await cluster?.stop();
    await project?.remove();
  });

  async function value(generation: number): Promise<string | undefined> {
    const object = await cluster.client.read(named("secrets", `jwt-secret-g${generation}`));
    const encoded = (object?.data as Record<string, string> | undefined)?.["value"];
    return encoded && Buffer.from(encoded, "base64").toString("utf8");
  }

  async function settled(record: RotationRecord): Promise<void> {
    const where = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE };
    const all = await cluster.client.list(where);
    assert.deepEqual(
      all.map(({ metadata }) => metadata.name).sort(),
      liveGenerations(record)
        .map(({ generation }) => `jwt-secret-g${generation}`)
        .sort(),
    );
  }

  it("names object and store, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
    const store: FaultedStore = {
      proxy,
      faults: answering((message) => ({ kind: "Status", reason: "InternalError", message })),
      calls: new RegExp(`^\\w+ \\S*/namespaces/${NAMESPACE}/secrets(/|$)`),
      readsAgain: isUpstream("kubernetes"),
      // The official provider names the resource alone where the answer names nothing.
      told: isUpstream("kubernetes")
        ? /\bjwt-(secret|kubernetes)-g\d+\b/
        : /(jwt-secret-g\d+" was not .*Kubernetes: POST |Kubernetes: \w+ \S*\/secrets\/jwt-secret-g\d+: )/,
      up: (record) => project.rekeyUp(program(record)),
      value,
      settled,
    };
    const tried = await tryEveryCall(store, START, 2);
    assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
  });
});
