import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { NAMESPACE, named, secret, startFake, type Started } from "../../clouds/kubernetes/fixture";
import { TestProject } from "../project";

/** What this project's provider refuses and the official one does not, or, for what is there already, not in every version. */
describe("rehearsal/providers kubernetes: refusals of its own, on the real engine and the fake", function () {
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

  const taking = () => {
    const metadata = { namespace: NAMESPACE, name: "taken" };
    return Promise.resolve(void new Secret("taken", { metadata, stringData: { value: "ours" } }));
  };

  async function refusal(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
  }

  it("does not take over what is there already", async () => {
    const { client } = started;
    const theirs = { fieldManager: "someone-else" };
    await client.apply(named("secrets", "taken"), secret("taken", "theirs"), theirs);
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

  it("refuses inputs that it does not know, servers elsewhere and ways that are not its own", async () => {
    class Untyped extends pulumi.CustomResource {}
    const odd = () => {
      const inputs = { metadata: { name: "odd" }, colour: "red" };
      return Promise.resolve(void new Untyped("kubernetes:core/v1:Secret", "odd", inputs));
    };
    assert.match(await refusal(project.preview(odd)), /unknown input "colour"/);
    const elsewhere = started.fake.kubeconfig("https://192.0.2.1:6443").reveal();
    await configure(elsewhere);
    const refused = await refusal(project.preview(taking));
    assert.match(refused, /must be an address on this machine/);
    assert.ok(!refused.includes(started.fake.token.reveal()));
    const settings = { "kubernetes:enableSecretMutable": "true" };
    await configure(started.fake.kubeconfig().reveal(), settings);
    assert.match(await refusal(project.preview(taking)), /enableSecretMutable/);
  });
});
