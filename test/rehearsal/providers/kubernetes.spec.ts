import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { NAMESPACE, named, secret, startFake, type Started } from "../clouds/kubernetes/fixture";
import { TestProject } from "./project";

const MANAGER = { fieldManager: "someone-else" };

describe("rehearsal/providers kubernetes, on the real engine and the fake", function () {
  this.timeout(180_000);
  let started: Started;
  let project: TestProject;

  before(async () => {
    started = await startFake();
    project = await TestProject.create();
    await configure(started.fake.kubeconfig().reveal());
  });
  after(async () => {
    await started?.stop();
    await project?.remove();
  });

  function configure(kubeconfig: string, settings: Record<string, string> = {}) {
    return project.configure(settings, { "kubernetes:kubeconfig": kubeconfig });
  }

  interface Wanted {
    readonly value?: string;
    readonly setting?: string;
    readonly label?: string;
  }

  const program =
    ({ value = "canary-one", setting = "1", label = "a" }: Wanted = {}) =>
    () => {
      const metadata = { namespace: NAMESPACE, name: "key-g1", labels: { label } };
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

  it("changes labels in place, and replaces a secret whose value changes", async () => {
    const { steps } = await project.up(program({ label: "b" }));
    assert.deepEqual(steps, ["update kubernetes:core/v1:Secret key"]);
    const plan = await project.preview(program({ label: "b", value: "canary-two" }));
    assert.deepEqual(plan.differences, ["key stringData.value update-replace"]);
    assert.ok(
      plan.steps.some((step) => step.startsWith("delete-replaced")),
      plan.steps.join(),
    );
  });

  it("does not take over what is there already", async () => {
    const { client } = started;
    await client.apply(named("secrets", "taken"), secret("taken", "theirs"), MANAGER);
    const taking = () => {
      const metadata = { namespace: NAMESPACE, name: "taken" };
      return Promise.resolve(void new Secret("taken", { metadata, stringData: { value: "ours" } }));
    };
    const error = await refusal(project.up(taking));
    assert.match(
      error,
      /"project\/taken" was not successfully created .*: secrets "taken" already exists \(import it/,
    );
    assert.ok(!error.includes("ours"));
    assert.deepEqual((await client.read(named("secrets", "taken")))?.data, {
      value: Buffer.from("theirs").toString("base64"),
    });
  });

  it("imports by namespace and name", async () => {
    const value = Buffer.from("theirs").toString("base64");
    const importing = async () => {
      await program({ label: "b" })();
      const metadata = { namespace: NAMESPACE, name: "taken" };
      const args = { metadata, data: { value }, immutable: true, type: "Opaque" };
      new Secret("found", args, { import: "project/taken", retainOnDelete: true });
    };
    const { steps } = await project.up(importing);
    assert.ok(steps.includes("import kubernetes:core/v1:Secret found"), steps.join());
    assert.deepEqual((await project.up(importing)).steps, []);
  });

  it("fails where another manager holds a field, and names it", async () => {
    const metadata = { name: "key-g1", labels: { label: "theirs" } };
    const theirs = { apiVersion: "v1", kind: "Secret", metadata };
    const forced = { ...MANAGER, force: true };
    await started.client.apply(named("secrets", "key-g1"), theirs, forced);
    const error = await refusal(project.up(program({ label: "c" })));
    assert.match(error, /conflict with "someone-else": \.metadata\.labels\.label/);
  });

  it("refuses inputs that it does not know, servers elsewhere and ways that are not its own", async () => {
    class Untyped extends pulumi.CustomResource {}
    const odd = () => {
      const inputs = { metadata: { name: "odd" }, colour: "red" };
      return Promise.resolve(void new Untyped("kubernetes:core/v1:Secret", "odd", inputs));
    };
    assert.match(await refusal(project.preview(odd)), /unknown input "colour"/);
    const elsewhere = started.fake.kubeconfig().reveal().replace("127.0.0.1", "192.0.2.1");
    await configure(elsewhere);
    const refused = await refusal(project.preview(program()));
    assert.match(refused, /must be an address on this machine/);
    assert.ok(!refused.includes(started.fake.token.reveal()));
    const settings = { "kubernetes:enableSecretMutable": "true" };
    await configure(started.fake.kubeconfig().reveal(), settings);
    assert.match(await refusal(project.preview(program())), /enableSecretMutable/);
  });
});
