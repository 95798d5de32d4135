import assert from "node:assert/strict";
import {
  KubernetesSecret,
  KubernetesSecretReader,
  KubernetesWorkload,
  KubernetesWorkloadArgs,
  RotationRecord,
  kubernetesSecretEnv,
  syncedSecretEnv,
} from "../../../components";
import { managed, named, run, settled } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withValues } from "../fixtures";

const namespace = "project";

function workload(record: RotationRecord, rest: Partial<KubernetesWorkloadArgs> = {}) {
  return run(() => {
    const generations = withValues(record);
    const store = new KubernetesSecret("meili", { namespace, secretName: "meili", generations });
    return new KubernetesWorkload("search", {
      ...{ namespace, workloadName: "search", image: "images.example.com/search:1", port: 7700 },
      env: { PLAIN: "1" },
      secretEnv: kubernetesSecretEnv("KEY", store, "many"),
      generations: { KEY: store.generation },
      ...rest,
    });
  });
}

interface Spec {
  replicas: number;
  strategy: object;
  progressDeadlineSeconds: number;
  template: {
    metadata: { annotations: object };
    spec: {
      containers: Record<string, unknown>[];
      volumes?: object;
      serviceAccountName: string;
      terminationGracePeriodSeconds: number;
    };
  };
}

async function spec(record: RotationRecord, rest: Partial<KubernetesWorkloadArgs> = {}) {
  const { resources } = await workload(record, rest);
  return named(resources, "search-deployment").inputs.spec as Spec;
}

const secret = (name: string, object: string) => ({
  name,
  valueFrom: { secretKeyRef: { name: object, key: "value" } },
});

describe("components/consumers/kubernetes-workload", () => {
  it("pins variables to named generations, the accepted ones beside the active", async () => {
    const { template } = await spec(RECORDS.grace);
    assert.deepStrictEqual(template.spec.containers[0]?.env, [
      { name: "PLAIN", value: "1" },
      secret("KEY", "meili-g2"),
      secret("KEY_ACCEPTED_A", "meili-g1"),
      secret("KEY_ACCEPTED_B", "meili-g2"),
    ]);
  });

  it("shows the generation in annotations, of the pods too, so that an activation rolls them", async () => {
    const { resources } = await workload(RECORDS.grace);
    const { metadata, spec: wanted } = named(resources, "search-deployment").inputs as {
      metadata: { annotations: object };
      spec: Spec;
    };
    const annotations = { "rekey.generation/KEY": "2" };
    assert.deepEqual(metadata.annotations, annotations);
    assert.deepEqual(wanted.template.metadata.annotations, annotations);
  });

  it("takes what the cluster keeps in step with a store from two objects, and is to start anew when they change", async () => {
    const secretEnv = [
      ...syncedSecretEnv("TOKEN", "token", "many"),
      { name: "A", secretName: "a" },
    ];
    const { resources } = await workload(RECORDS.rest, { secretEnv, generations: {} });
    const { metadata, spec: wanted } = named(resources, "search-deployment").inputs as {
      metadata: { annotations: object };
      spec: Spec;
    };
    const accepted = (key: string) => ({
      name: `TOKEN_ACCEPTED_${key.toUpperCase()}`,
      valueFrom: { secretKeyRef: { name: "token-accepted", key, optional: true } },
    });
    assert.deepStrictEqual(wanted.template.spec.containers[0]?.env, [
      { name: "PLAIN", value: "1" },
      secret("TOKEN", "token"),
      ...["pending", "current", "previous"].map(accepted),
      secret("A", "a"),
    ]);
    assert.deepEqual(metadata.annotations, {
      "secret.reloader.stakater.com/reload": "token,token-accepted",
    });
    assert.deepEqual(
      syncedSecretEnv("KEY", "key", "one").map(({ secretName }) => secretName),
      ["key"],
    );
  });

  it("never has fewer pods than it should while it rolls, and asks each whether it is ready", async () => {
    const { replicas, strategy, template, progressDeadlineSeconds } = await spec(RECORDS.rest);
    assert.deepEqual([replicas, progressDeadlineSeconds], [2, 120]);
    assert.deepEqual(strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    assert.deepEqual(template.spec.containers[0]?.readinessProbe, {
      httpGet: { path: "/readyz", port: 7700 },
      periodSeconds: 2,
      timeoutSeconds: 2,
    });
    const recreated = await spec(RECORDS.rest, { rollout: "recreate" });
    assert.deepEqual(recreated.strategy, { type: "Recreate" });
  });

  it("serves on for some seconds before it is told to end, while nodes may still send it requests", async () => {
    const sleep = (seconds: number) => ({ preStop: { sleep: { seconds } } });
    const { template } = await spec(RECORDS.rest);
    assert.deepEqual(template.spec.containers[0]?.lifecycle, sleep(5));
    assert.equal(template.spec.terminationGracePeriodSeconds, 35);
    const longer = (await spec(RECORDS.rest, { drainSeconds: 9, graceSeconds: 60 })).template;
    assert.deepEqual(longer.spec.containers[0]?.lifecycle, sleep(9));
    assert.equal(longer.spec.terminationGracePeriodSeconds, 69);
    // There is no other pod that could take the requests.
    const alone = (await spec(RECORDS.rest, { rollout: "recreate" })).template;
    assert.equal(alone.spec.containers[0]?.lifecycle, undefined);
    assert.equal(alone.spec.terminationGracePeriodSeconds, 30);
  });

  it("carries a token for one audience where it is told to, beside its data", async () => {
    const data = { mountPath: "/data", size: "1Gi" };
    const { template } = await spec(RECORDS.rest, { data, tokenAudience: "vault" });
    assert.deepEqual(template.spec.containers[0]?.volumeMounts, [
      { name: "data", mountPath: "/data" },
      { name: "token", mountPath: "/var/run/secrets/rekey" },
    ]);
    assert.deepEqual((template.spec.volumes as object[])[1], {
      name: "token",
      projected: {
        sources: [
          { serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 3600 } },
        ],
      },
    });
  });

  it("keeps its data in a protected claim that no rotation touches", async () => {
    const data = { mountPath: "/meili_data", size: "10Gi", storageClass: "fast" };
    const before = await workload(RECORDS.rest, { data });
    const after = await workload(RECORDS.grace, { data });
    const claim = named(after.resources, "search-data");
    assert.deepStrictEqual(claim, named(before.resources, "search-data"));
    assert.deepEqual(optionsOf(claim), { ...NO_OPTIONS, protect: true });
    assert.deepStrictEqual(claim.inputs.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
      storageClassName: "fast",
    });
    const { template } = named(after.resources, "search-deployment").inputs.spec as Spec;
    const mounts = [{ name: "data", mountPath: "/meili_data" }];
    assert.deepEqual(template.spec.containers[0]?.volumeMounts, mounts);
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "search-data" } }];
    assert.deepEqual(template.spec.volumes, volumes);
  });

  it("runs as an account of its own that carries no token of the cluster", async () => {
    const { resources } = await workload(RECORDS.rest);
    assert.equal(named(resources, "search-account").inputs.automountServiceAccountToken, false);
    const { template } = named(resources, "search-deployment").inputs.spec as Spec;
    assert.equal(template.spec.serviceAccountName, "search");
  });

  it("tells its address within the cluster, or the balancer's where it is exposed", async () => {
    const { result } = await workload(RECORDS.rest);
    assert.equal((await settled(result.uri)).value, "http://search.project.svc:7700");
    const exposed = await workload(RECORDS.rest, { exposed: true });
    assert.equal((await settled(exposed.result.uri)).value, "http://192.0.2.9:7700");
  });
});

describe("components/access/kubernetes-secret-reader", () => {
  it("reads exactly the objects that it names, and lists none", async () => {
    const { resources } = await run(
      () =>
        new KubernetesSecretReader("reader", {
          ...{ namespace, serviceAccount: "agent", secretNames: ["key-g1", "key-g2"] },
        }),
    );
    assert.equal(managed(resources).length, 2);
    assert.deepStrictEqual(named(resources, "reader-role").inputs.rules, [
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["key-g1", "key-g2"],
        verbs: ["get"],
      },
    ]);
    assert.deepStrictEqual(named(resources, "reader-binding").inputs.subjects, [
      { kind: "ServiceAccount", name: "agent", namespace },
    ]);
  });
});
