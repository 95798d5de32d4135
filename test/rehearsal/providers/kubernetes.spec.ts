import assert from "node:assert/strict";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import {
  NAMESPACE,
  deployment,
  named,
  secret,
  startFake,
  type Started,
} from "../clouds/kubernetes/fixture";
import { TestProject } from "./project";

const MANAGER = { fieldManager: "someone-else" };

describe("rehearsal/providers kubernetes, on the real engine and the fake", function () {
  this.timeout(180_000);
  let started: Started;
  let project: TestProject;

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

  interface Wanted {
    readonly value?: string;
    readonly setting?: string;
    readonly label?: string;
    /** Further labels. */
    readonly more?: Record<string, string>;
  }

  const program =
    ({ value = "canary-one", setting = "1", label = "a", more = { more: "1" } }: Wanted = {}) =>
    () => {
      const metadata = { namespace: NAMESPACE, name: "key-g1", labels: { label, ...more } };
      const args: SecretArgs = { metadata, immutable: true, stringData: { value } };
      const made = new Secret("key", args);
      const map = { namespace: NAMESPACE, name: "settings" };
      new ConfigMap("settings", { metadata: map, data: { setting } });
      return Promise.resolve({ name: made.metadata.name, data: made.data });
    };

  async function refusal(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
  }

  it("creates, finds nothing to do, survives a refresh, and keeps values out of the state", async () => {
    await project.up(program());
    assert.deepEqual((await project.up(program())).steps, []);
    await project.refresh();
    assert.deepEqual((await project.up(program())).steps, []);
    const { name, data } = await project.outputs();
    assert.deepEqual([name?.value, name?.secret, data?.secret], ["key-g1", false, true]);
    const state = await project.state();
    for (const text of ["canary-one", Buffer.from("canary-one").toString("base64")])
      assert.ok(!state.includes(text));
  });

  it("changes labels in place, takes away one that is gone, and replaces a secret whose value changes", async () => {
    const { steps } = await project.up(program({ label: "b", more: {} }));
    assert.deepEqual(steps, ["update kubernetes:core/v1:Secret key"]);
    const live = await started.client.read(named("secrets", "key-g1"));
    assert.deepEqual(live?.metadata.labels, { label: "b" });
    const plan = await project.preview(program({ label: "b", more: {}, value: "canary-two" }));
    assert.deepEqual(plan.differences, ["key data.value update-replace"]);
    assert.ok(
      plan.steps.some((step) => step.startsWith("delete-replaced")),
      plan.steps.join(),
    );
  });

  it("makes a map immutable and a claim larger in place", async () => {
    const { client } = started;
    const changed = (size: string, immutable: boolean) => () => {
      const metadata = { namespace: NAMESPACE, name: "grown" };
      const resources = { requests: { storage: size } };
      const spec = { accessModes: ["ReadWriteOnce"], resources };
      new PersistentVolumeClaim("claim", { metadata, spec });
      return Promise.resolve(void new ConfigMap("map", { metadata, immutable, data: { a: "1" } }));
    };
    const own = await TestProject.create();
    await own.configure({}, { "kubernetes:kubeconfig": started.fake.kubeconfig().reveal() });
    await own.up(changed("1Gi", false));
    const { steps } = await own.up(changed("2Gi", true));
    assert.deepEqual(steps, [
      "update kubernetes:core/v1:ConfigMap map",
      "update kubernetes:core/v1:PersistentVolumeClaim claim",
    ]);
    const claim = await client.read(named("persistentvolumeclaims", "grown"));
    assert.match(JSON.stringify(claim?.spec), /2Gi/);
    await own.destroy();
    await own.remove();
  });

  it("waits for the pods of a deployment that it deletes", async () => {
    const { client } = started;
    await client.apply(named("secrets", "value"), secret("value", "one"), MANAGER);
    const { metadata, spec } = deployment("search", "value");
    const running = () => {
      const args = { metadata: { ...metadata, namespace: NAMESPACE }, spec };
      return Promise.resolve(void new Deployment("search", args));
    };
    const own = await TestProject.create();
    await own.configure({}, { "kubernetes:kubeconfig": started.fake.kubeconfig().reveal() });
    await own.up(running);
    assert.equal((await client.list(named("pods", ""))).length, 2);
    await own.destroy();
    assert.deepEqual(await client.list(named("pods", "")), []);
    await own.remove();
  });

  it("imports by namespace and name", async () => {
    await started.client.apply(named("secrets", "taken"), secret("taken", "theirs"), MANAGER);
    const value = Buffer.from("theirs").toString("base64");
    const importing = async () => {
      await program({ label: "b", more: {} })();
      const metadata = { namespace: NAMESPACE, name: "taken" };
      const args = { metadata, data: { value }, immutable: true, type: "Opaque" };
      new Secret("found", args, { import: "project/taken", retainOnDelete: true });
    };
    const { steps } = await project.up(importing);
    assert.ok(steps.includes("import kubernetes:core/v1:Secret found"), steps.join());
    assert.deepEqual((await project.up(importing)).steps, []);
  });

  it("fails where another manager holds a field, and names it; tries again once it may, though the program is as it was", async () => {
    const { client } = started;
    const theirs = (labels: object) => {
      const metadata = { name: "key-g1", labels };
      return client.apply(
        named("secrets", "key-g1"),
        { apiVersion: "v1", kind: "Secret", metadata },
        { ...MANAGER, force: true },
      );
    };
    await theirs({ label: "theirs" });
    const wanted = program({ label: "c", more: {} });
    const error = await refusal(project.up(wanted));
    assert.match(error, /"project\/key-g1" failed to fully initialize or become live: /);
    assert.match(error, /conflict with "someone-else": \.metadata\.labels\.label/);
    await theirs({});
    const { steps } = await project.up(wanted);
    assert.ok(steps.includes("update kubernetes:core/v1:Secret key"), steps.join());
    const live = await client.read(named("secrets", "key-g1"));
    assert.deepEqual(live?.metadata.labels, { label: "c" });
  });
});
