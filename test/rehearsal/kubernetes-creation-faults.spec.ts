import assert from "node:assert/strict";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import {
  AT_REST,
  KubernetesCronJob,
  KubernetesSecret,
  KubernetesSecretReader,
  KubernetesWorkload,
  Token,
  kubernetesSecretEnv,
} from "../../components";
import { type FaultProxy, startFaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { tryEveryCreation } from "../support/creation-faults";
import { answering } from "../support/faults";
import { MATRIX_MS } from "../support/rehearsal";
import { isUpstream } from "../support/upstream";
import { IMAGE, inFrontOf, startFake, type Started } from "./clouds/kubernetes/fixture";
import { TestProject } from "./providers/project";

describe("a first deployment in Kubernetes while its API answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let cluster: Started;
  let proxy: FaultProxy;

  before(async () => {
    cluster = await startFake();
    proxy = await startFaultProxy(inFrontOf(cluster.fake));
  });
  after(async () => {
    await proxy?.stop();
    await cluster?.stop();
  });

  /** Everything that the library makes in a cluster, in a namespace of its own. */
  function declare(namespace: string): void {
    const own = new Namespace("own", { metadata: { name: namespace } });
    const opts = { dependsOn: own };
    const { generations } = new Token("key", { record: AT_REST });
    const place = { namespace, secretName: "key" };
    const store = new KubernetesSecret("key-store", { ...place, generations }, opts);
    const metadata = { namespace, name: "settings" };
    new ConfigMap("settings", { metadata, data: { greeting: "hello" } }, opts);
    const secretEnv = kubernetesSecretEnv("KEY", store, "one");
    const runs = { namespace, image: IMAGE, secretEnv, generations: { KEY: store.generation } };
    new KubernetesWorkload(
      "search",
      {
        ...{ ...runs, workloadName: "search", port: 7700, replicas: 1, drainSeconds: 0 },
        env: { DATA: "/data" },
        data: { mountPath: "/data", size: "1Gi" },
      },
      opts,
    );
    const schedule = { jobName: "backup", schedule: "0 2 * * *", env: {} };
    new KubernetesCronJob("backup", { ...runs, ...schedule }, opts);
    const reads = { namespace, serviceAccount: "search", secretNames: ["key-g1"] };
    new KubernetesSecretReader("reader", reads, opts);
  }

  async function fresh(run: number) {
    const namespace = `project-${run}`;
    const project = await TestProject.create({ PULUMI_K8S_CLIENT_TIMEOUT: "5" });
    const kubeconfig = cluster.fake.kubeconfig(proxy.url).reveal();
    await project.configure({}, { "kubernetes:kubeconfig": kubeconfig });
    const program = () => Promise.resolve(declare(namespace));
    return {
      up: () => project.rekeyUp(program),
      settled: async () => {
        const secrets = await cluster.client.list({
          apiVersion: "v1",
          plural: "secrets",
          namespace,
        });
        assert.deepEqual(
          secrets.map(({ metadata }) => metadata.name),
          ["key-g1"],
        );
      },
      remove: () => project.remove(),
    };
  }

  it("names the object, and converges with the next rekey up, whichever creation fails", async () => {
    const tried = await tryEveryCreation(
      {
        ...{ proxy, fresh },
        faults: answering((message) => ({ kind: "Status", reason: "InternalError", message })),
        calls: /^(POST|PATCH) /,
        told: isUpstream("kubernetes")
          ? /resource "\S+" was not successfully created by the Kubernetes API server: /
          : /resource "\S+" was not successfully created by the Kubernetes API server: Kubernetes: POST /,
      },
      1,
    );
    assert.ok(tried >= 1);
  });
});
