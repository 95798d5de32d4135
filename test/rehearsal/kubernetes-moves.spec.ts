import assert from "node:assert/strict";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import {
  KubernetesSecret,
  KubernetesSecretReader,
  KubernetesWorkload,
  RotationRecord,
  Token,
  activate,
  kubernetesSecretEnv,
  retire,
  slotNames,
  stage,
} from "../../components";
import {
  IMAGE,
  NAMESPACE,
  clientWith,
  named,
  startFake,
  type Started,
} from "./clouds/kubernetes/fixture";
import { TestProject } from "./providers/project";

interface Told {
  readonly key: string;
  readonly accepted?: string;
  readonly index: string;
}

describe("a secret and its workload in Kubernetes, on the real engine and the fake", function () {
  this.timeout(300_000);
  let started: Started;
  let project: TestProject;
  let record: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
  let image = IMAGE;
  let deadlineSeconds = 120;

  before(async () => {
    started = await startFake();
    project = await TestProject.create();
    const kubeconfig = started.fake.kubeconfig().reveal();
    await project.configure({}, { "kubernetes:kubeconfig": kubeconfig });
  });
  after(async () => {
    await started?.stop();
    await project?.remove();
  });

  function program(): Promise<Record<string, unknown>> {
    const own = new Namespace("own", { metadata: { name: "search" } });
    const namespace = "search";
    const { generations } = new Token("meili", { record });
    const opts = { dependsOn: own };
    const store = new KubernetesSecret(
      "meili-store",
      { namespace, secretName: "meili-api-key", generations },
      opts,
    );
    const search = new KubernetesWorkload(
      "search",
      {
        ...{ namespace, workloadName: "search", image, port: 7700, exposed: true },
        deadlineSeconds,
        env: { DATA: "/meili_data" },
        secretEnv: kubernetesSecretEnv("KEY", store, "many"),
        generations: { KEY: store.generation },
        data: { mountPath: "/meili_data", size: "1Gi" },
      },
      opts,
    );
    new KubernetesSecretReader(
      "reader",
      { namespace, serviceAccount: "search", secretNames: Object.values(store.names) },
      opts,
    );
    return Promise.resolve({ uri: search.uri, active: store.activeName });
  }

  async function up(move: (record: RotationRecord) => RotationRecord): Promise<string[]> {
    record = move(record);
    const { steps } = await project.up(program);
    await started.fake.settled();
    return steps;
  }

  async function ask(path = "/"): Promise<Told> {
    const response = await fetch(`${String((await project.outputs()).uri?.value)}${path}`);
    assert.equal(response.status, 200);
    return (await response.json()) as Told;
  }

  async function objects(): Promise<string[]> {
    const secrets = await started.client.list({ ...named("secrets", ""), namespace: "search" });
    return secrets.map(({ metadata }) => metadata.name).sort();
  }

  /** Runs `work` under requests without a pause, and gives what failed of them. */
  async function underLoad(work: () => Promise<unknown>): Promise<unknown[]> {
    const uri = String((await project.outputs()).uri?.value);
    const failures: unknown[] = [];
    let working = true;
    const traffic = (async () => {
      while (working) {
        await fetch(uri).then(
          async (answer) => answer.ok || failures.push(await answer.text()),
          (error: unknown) => failures.push(error),
        );
        await new Promise((next) => setTimeout(next, 10));
      }
    })();
    await work();
    working = false;
    await traffic;
    return failures;
  }

  it("brings everything up, waits until it serves, and a second up does nothing", async () => {
    await project.up(program);
    const writes = started.fake.writes.count();
    assert.deepEqual((await project.up(program)).steps, []);
    assert.equal(started.fake.writes.count(), writes);
    assert.match((await ask()).key, /^[A-Za-z0-9]{43}$/);
    assert.deepEqual(await objects(), ["meili-api-key-g1"]);
    assert.equal((await project.outputs()).active?.value, "meili-api-key-g1");
    assert.ok(!(await project.state()).includes((await ask()).key), "the state holds the value");
    await ask("/add");
  });

  it("stages, activates and retires with one object a generation and no failed request", async () => {
    const first = (await ask()).key;
    const steps: string[][] = [];
    const failures = await underLoad(async () => {
      steps.push(await up((now) => stage(now, slotNames())));
      assert.equal((await ask()).key, first, "a staged value is in use");
      steps.push(await up(activate));
      const { key, accepted } = await ask();
      assert.notEqual(key, first);
      assert.equal(accepted, first, "the previous value is not accepted through its grace");
      assert.deepEqual(await objects(), ["meili-api-key-g1", "meili-api-key-g2"]);
      steps.push(await up(retire));
      assert.notEqual((await ask()).accepted, first);
    });
    assert.deepEqual(failures, []);
    assert.deepEqual(await objects(), ["meili-api-key-g2"]);
    const { writes } = started.fake;
    const created = writes.list().filter(({ kind }) => kind.startsWith("secret."));
    assert.deepEqual(
      created.map(({ kind, resource }) => `${kind} ${resource}`),
      [
        "secret.create search/meili-api-key-g1",
        "secret.create search/meili-api-key-g2",
        "secret.delete search/meili-api-key-g1",
      ],
    );
    assert.ok(!steps.flat().some((step) => step.includes("replace")), steps.flat().join("\n"));
  });

  it("keeps the index over every rotation", async () => {
    assert.equal((await ask()).index, "kept");
  });

  it("lets the reader read the live generation's object and no other", async () => {
    const token = await started.fake.tokenFor("search", "search");
    const reader = clientWith(started, token);
    const at = (name: string) => ({ ...named("secrets", name), namespace: "search" });
    assert.ok(await reader.read(at("meili-api-key-g2")));
    for (const tried of [
      () => reader.read(at("meili-api-key-g1")),
      () => reader.list(at("")),
      () => reader.read({ ...at("meili-api-key-g2"), namespace: NAMESPACE }),
    ])
      await assert.rejects(tried(), /forbidden/);
    reader.close();
  });

  it("shows a rollout sharply in a preview", async () => {
    record = stage(record, slotNames());
    record = activate(record);
    const { differences } = await project.preview(program);
    const shown = differences.filter((line) => line.startsWith("search-deployment"));
    assert.ok(
      shown.includes('search-deployment metadata.annotations["rekey.generation/KEY"] update'),
      shown.join("\n"),
    );
    assert.ok(
      shown.some((line) => /secretKeyRef\.name update$/.test(line)),
      shown.join("\n"),
    );
    record = { generation: 2, active: "b", slots: { b: 2 } };
  });

  it("fails the update with the kubelet's reason when a pod cannot start, and goes on serving", async () => {
    image = "images.example.com/example/search:missing";
    deadlineSeconds = 3;
    const error = await project.up(program).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
    assert.match(error, /"search\/search" failed to fully initialize or become live/);
    assert.match(error, /ErrImagePull/);
    assert.equal((await ask()).index, "kept");
    image = IMAGE;
    deadlineSeconds = 120;
    await project.up(program);
    assert.deepEqual((await project.up(program)).steps, []);
  });
});
