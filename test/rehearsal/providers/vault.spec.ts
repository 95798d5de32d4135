import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AuthBackend } from "@pulumi/vault/authBackend";
import { SecretV2, type SecretV2Args } from "@pulumi/vault/kv/secretV2";
import { Mount } from "@pulumi/vault/mount";
import { readKv, readKvMetadata, type VaultClient } from "../../../operator/vault";
import { startVault, type Vault } from "../../../rehearsal/clouds/vault";
import { TestProject } from "./project";

describe("rehearsal/providers vault, on the real engine and a real OpenBao", function () {
  this.timeout(180_000);
  let dir: string;
  let vault: Vault;
  let client: VaultClient;
  let project: TestProject;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-provider-vault-"));
    vault = await startVault({ dir });
    client = vault.client(vault.token);
    project = await TestProject.create();
    await configure();
  });
  after(async () => {
    await vault?.stop();
    await project?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  function configure(more: Record<string, string> = {}) {
    const { address, caCertFile } = vault;
    const settings = { "vault:address": address, "vault:caCertFile": caCertFile, ...more };
    return project.configure(settings, { "vault:token": vault.token.reveal() });
  }

  const secret = (args: Partial<SecretV2Args>) => () => {
    const made = new SecretV2("kv", { mount: "secret", name: "spec/kv", ...args });
    return Promise.resolve({ path: made.path, metadata: made.metadata, data: made.data });
  };
  const json = (value: string) => pulumi.secret(JSON.stringify({ value }));
  const versions = async () =>
    (await readKvMetadata(client, "secret", "spec/kv"))?.currentVersion ?? 0;

  it("writes one version for a change and none for no change, and keeps values out of the state", async () => {
    const first = secret({ dataJson: json("canary-one"), customMetadata: { data: { g: "1" } } });
    const plan = await project.preview(first);
    assert.deepEqual(plan.steps, ["create vault:kv/secretV2:SecretV2 kv"]);
    assert.equal(await versions(), 0, "a preview wrote");
    await project.up(first);
    assert.deepEqual((await project.up(first)).steps, []);
    assert.equal(await versions(), 1);
    const { path, metadata, data } = await project.outputs();
    assert.equal(path?.value, "secret/data/spec/kv");
    assert.equal((metadata?.value as Record<string, string>).version, "1");
    assert.ok(data?.secret);
    assert.ok(!(await project.state()).includes("canary-one"));
  });

  it("shows which input changes, and writes data and metadata of one change as one version", async () => {
    const second = secret({ dataJson: json("canary-two"), customMetadata: { data: { g: "2" } } });
    const { differences } = await project.preview(second);
    assert.deepEqual(differences.sort(), ["kv customMetadata.data.g update", "kv dataJson update"]);
    await project.up(second);
    assert.equal(await versions(), 2);
    const { customMetadata } = (await readKvMetadata(client, "secret", "spec/kv")) ?? {};
    assert.deepEqual(customMetadata, { g: "2" });
    assert.equal((await readKv(client, "secret", "spec/kv"))?.data.value?.reveal(), "canary-two");
  });

  it("writes a version for a change of the metadata alone, and none for JSON that means the same", async () => {
    const spaced = pulumi.secret('{ "value" : "canary-two" }');
    await project.up(secret({ dataJson: spaced, customMetadata: { data: { g: "2" } } }));
    assert.equal(await versions(), 2);
    await project.up(
      secret({ dataJson: json("canary-two"), customMetadata: { data: { g: "3" } } }),
    );
    assert.equal(await versions(), 3);
  });

  it("shows a write from elsewhere by the version alone, after a refresh, and does not repair it", async () => {
    const same = secret({ dataJson: json("canary-two"), customMetadata: { data: { g: "3" } } });
    await client.write("secret/data/spec/kv", { data: { value: "foreign" } });
    await project.refresh();
    const { metadata } = (await project.resource("kv")).outputs as {
      metadata: { version: string };
    };
    assert.equal(metadata.version, "4");
    assert.deepEqual((await project.up(same)).steps, []);
    assert.equal((await readKv(client, "secret", "spec/kv"))?.data.value?.reveal(), "foreign");
  });

  it("compares a write-only value by its version number", async () => {
    const wo = (value: string, dataJsonWoVersion: number) =>
      secret({ dataJsonWo: json(value), dataJsonWoVersion });
    await project.up(wo("canary-wo", 1));
    const before = await versions();
    assert.deepEqual((await project.up(wo("canary-other", 1))).steps, []);
    assert.equal(await versions(), before);
    await project.up(wo("canary-other", 2));
    assert.equal(await versions(), before + 1);
    assert.ok(!(await project.state()).includes("canary-other"));
  });

  it("honours check-and-set in the options, and names the path and no value when it is refused", async () => {
    const args = { dataJson: json("canary-cas"), options: { cas: "1" } };
    const error = await project.up(secret(args)).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
    assert.match(error, /secret\/data\/spec\/kv was not written.*check-and-set/s);
    assert.ok(!error.includes("canary-cas"));
  });

  it("imports a secret by its path", async () => {
    await client.write("secret/data/spec/found", { data: { value: "found" } });
    const program = () => {
      const args = { mount: "secret", name: "spec/found", dataJson: json("found") };
      new SecretV2("found", args, {
        import: "secret/data/spec/found",
        ignoreChanges: ["dataJson"],
      });
      return Promise.resolve();
    };
    const { steps } = await project.up(program);
    assert.ok(steps.includes("import vault:kv/secretV2:SecretV2 found"), steps.join());
    assert.equal((await readKvMetadata(client, "secret", "spec/found"))?.currentVersion, 1);
  });

  it("mounts engines and log-in methods, changes and removes them", async () => {
    const program = (description: string) => () => {
      new Mount("kv2", { path: "kv2", type: "kv", options: { version: "2" }, description });
      new AuthBackend("roles", { type: "approle", path: "roles", description });
      return Promise.resolve();
    };
    await project.up(program("one"));
    const { steps } = await project.up(program("two"));
    assert.deepEqual(steps, [
      "update vault:index/authBackend:AuthBackend roles",
      "update vault:index/mount:Mount kv2",
    ]);
    assert.deepEqual((await project.up(program("two"))).steps, []);
    await project.refresh();
    assert.deepEqual((await project.up(program("two"))).steps, []);
    await project.up(() => Promise.resolve());
    assert.equal((await client.read("sys/mounts"))?.["kv2/"], undefined);
  });

  it("works with a short-lived child of the given token unless told not to", async () => {
    await configure({ "vault:skipChildToken": "true" });
    const { steps } = await project.up(secret({ dataJson: json("canary-direct") }));
    assert.deepEqual(steps, ["create vault:kv/secretV2:SecretV2 kv"]);
  });

  it("refuses an address that is not on this machine, and settings and inputs that it does not know", async () => {
    const refusal = async (program: pulumi.automation.PulumiFn) =>
      project.preview(program).then(
        () => assert.fail("it passed"),
        (reason: unknown) => String(reason),
      );
    const program = secret({ dataJson: json("canary") });
    await configure({ "vault:address": "https://vault.example.com:8200" });
    assert.match(await refusal(program), /address.*must be an address on this machine/);
    await configure({ "vault:namespace": "team" });
    assert.match(await refusal(program), /unknown input "namespace"/);
    await configure();
    assert.match(await refusal(secret({ dataJson: json("x"), namespace: "team" })), /"namespace"/);
  });
});
