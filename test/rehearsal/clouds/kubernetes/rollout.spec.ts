import assert from "node:assert/strict";
import { until } from "../../../../rehearsal/processes";
import {
  HOOK,
  NAMESPACE,
  deployment,
  named,
  secret,
  service,
  startFake,
  type Started,
} from "./fixture";

interface Told {
  readonly key: string;
  readonly index?: string;
}

describe("rehearsal/clouds/kubernetes: rollouts over real processes", function () {
  this.timeout(90_000);
  let started: Started;
  const mine = { fieldManager: "rekey" };

  before(async () => {
    started = await startFake();
    const { client } = started;
    for (const [name, value] of [
      ["key-g1", "one"],
      ["key-g2", "two"],
      ["key-g3", "bad"],
    ] as const)
      await client.apply(named("secrets", name), secret(name, value), mine);
    await client.apply(named("services", "search"), service("search"), mine);
  });
  after(() => started?.stop());

  async function roll(secretName: string, more: object = {}, lifecycle?: object): Promise<void> {
    const wanted = deployment("search", secretName, more, lifecycle);
    await started.client.apply(named("deployments", "search", "apps/v1"), wanted, mine);
  }

  interface Status {
    observedGeneration: number;
    updatedReplicas: number;
    availableReplicas: number;
    replicas: number;
    conditions: { type: string; status: string; reason: string }[];
  }

  async function status(): Promise<Status & { generation: number | undefined }> {
    const found = await started.client.read(named("deployments", "search", "apps/v1"));
    return { ...(found?.status as Status), generation: found?.metadata.generation };
  }

  const pods = () => started.client.list(named("pods", ""), { app: "search" });

  /** Waits until the rollout is done and the old pods are gone, of which it takes no account. */
  function rolledOut(replicas = 2): Promise<void> {
    return until(
      "the rollout is done",
      async () => {
        const now = await status();
        const { length } = await pods();
        const counts = [now.replicas, now.updatedReplicas, now.availableReplicas, length];
        return now.observedGeneration === now.generation && counts.every((one) => one === replicas);
      },
      60_000,
    );
  }

  async function ask(path = "/"): Promise<Told> {
    const url = started.fake.serviceUrl(NAMESPACE, "search");
    const response = await fetch(`${url}${path}`);
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return (await response.json()) as Told;
  }

  it("starts pods with the values of their secrets, behind one address", async () => {
    await roll("key-g1");
    await rolledOut();
    assert.equal((await ask()).key, "one");
    assert.equal((await pods()).length, 2);
  });

  /** Asks without a pause through a rollout to its end; gives what was told and what failed. */
  async function askedWhileRolling(secretName: string, lifecycle?: object) {
    const seen = new Set<string>();
    const failures: string[] = [];
    let asking = true;
    const traffic = (async () => {
      while (asking)
        await ask().then(
          ({ key }) => seen.add(key),
          (error: Error) => failures.push(error.message),
        );
    })();
    try {
      await roll(secretName, {}, lifecycle);
      await rolledOut();
    } finally {
      asking = false;
      await traffic;
    }
    return { seen: [...seen].sort(), failures };
  }

  it("rolls without a failed request: the new pod is ready before an old one ends, which serves on while nodes learn of it", async () => {
    const { seen, failures } = await askedWhileRolling("key-g2", HOOK);
    assert.deepEqual(failures, []);
    assert.deepEqual(seen, ["one", "two"]);
    assert.equal((await ask()).key, "two");
  });

  it("loses requests of pods without a hook: they stop listening before nodes learn that they are leaving", async () => {
    await askedWhileRolling("key-g1", {});
    const { failures } = await askedWhileRolling("key-g2", HOOK);
    assert.ok(failures.length > 0);
    assert.deepEqual([...new Set(failures)], ["status 502"]);
  });

  it("keeps the old pods in service when the new one never becomes ready", async () => {
    await roll("key-g3", { progressDeadlineSeconds: 1 });
    await until(
      "the rollout is given up",
      async () => {
        const { conditions } = await status();
        return conditions.some(({ reason }) => reason === "ProgressDeadlineExceeded");
      },
      20_000,
    );
    assert.equal((await status()).availableReplicas, 2);
    assert.equal((await ask()).key, "two");
  });

  it("says why a pod cannot start, and starts it once its secret is there", async () => {
    await roll("key-g4");
    await until(
      "a pod waits for its secret",
      async () => {
        return JSON.stringify(await pods()).includes('secret \\"key-g4\\" not found');
      },
      20_000,
    );
    assert.equal((await ask()).key, "two");
    await started.client.apply(named("secrets", "key-g4"), secret("key-g4", "four"), mine);
    await rolledOut();
    assert.equal((await ask()).key, "four");
  });

  it("keeps what a claim holds over a rollout that ends the old pod first", async () => {
    const claim = {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "search-data" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    await started.client.apply(named("persistentvolumeclaims", "search-data"), claim, mine);
    const withClaim = (secretName: string) => {
      const { template } = structuredClone(deployment("search", secretName)).spec;
      const [container] = template.spec.containers;
      Object.assign(container ?? {}, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
      container?.env.push({ name: "DATA", value: "/data" } as never);
      const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "search-data" } }];
      Object.assign(template.spec, { volumes });
      return { template, replicas: 1, strategy: { type: "Recreate" } };
    };
    await roll("key-g1", withClaim("key-g1"));
    await rolledOut(1);
    await ask("/add");
    await roll("key-g2", withClaim("key-g2"));
    await rolledOut(1);
    assert.deepEqual([(await ask()).key, (await ask()).index], ["two", "kept"]);
  });

  it("starts a pod anew when its process ends", async () => {
    const { pid } = (await ask()) as Told & { pid: number };
    process.kill(pid, "SIGKILL");
    await until(
      "another process serves",
      async () => ((await ask()) as { pid?: number }).pid !== pid,
      20_000,
    );
  });

  it("ends every process of a deployment that is deleted", async () => {
    const { pid } = (await ask()) as Told & { pid: number };
    await started.client.delete(named("deployments", "search", "apps/v1"));
    await until("the process is gone", () => !alive(pid), 20_000);
    assert.deepEqual(await started.client.list(named("pods", "")), []);
  });
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}
