import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VaultError, readKv, readKvMetadata } from "../../../../operator/vault";
import { startVault, type Vault } from "../../../../rehearsal/clouds/vault";

describe("rehearsal/clouds/vault: a real OpenBao", function () {
  this.timeout(180_000);
  let dir: string;
  let vault: Vault;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-vault-"));
    vault = await startVault({ dir });
  });
  after(async () => {
    await vault?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("serves unsealed over TLS, to those only who are given its certificate", async () => {
    const { initialized, sealed } = (await vault.client().read("sys/seal-status")) ?? {};
    assert.deepEqual([initialized, sealed], [true, false]);
    const untrusting = new Promise((resolve, reject) => {
      get(`${vault.address}/v1/sys/health`, resolve).once("error", reject);
    });
    await assert.rejects(untrusting, /self-signed|unable to verify/i);
  });

  it("gives the program a token of bounded life that is not root", async () => {
    const client = vault.client(vault.token);
    const data = await client.read("auth/token/lookup-self");
    assert.deepEqual(data?.policies, ["default", "rekey-deploy"]);
    assert.ok(Number(data?.ttl) > 0 && Number(data?.ttl) <= 4 * 3600);
    assert.equal(data?.explicit_max_ttl, 0);
    const refused = client.call("PUT", "sys/seal");
    await assert.rejects(refused, (error: VaultError) => error.status === 403);
  });

  it("keeps versions of a secret, and tells them without the value", async () => {
    const client = vault.client(vault.token);
    for (const value of ["one", "two"]) {
      await client.write("secret/data/spec/versions", { data: { value } });
    }
    const [newest, first] = [
      await readKv(client, "secret", "spec/versions"),
      await readKv(client, "secret", "spec/versions", 1),
    ];
    assert.deepEqual([newest?.version, newest?.data.value?.reveal()], [2, "two"]);
    assert.equal(first?.data.value?.reveal(), "one");
    const metadata = await readKvMetadata(client, "secret", "spec/versions");
    assert.deepEqual(metadata, { currentVersion: 2, gone: false, customMetadata: {} });
    await client.delete("secret/data/spec/versions");
    assert.equal((await readKvMetadata(client, "secret", "spec/versions"))?.gone, true);
    assert.equal(await readKv(client, "secret", "spec/none"), undefined);
    assert.equal(await readKvMetadata(client, "secret", "spec/none"), undefined);
  });

  it("refuses strangers, in words that hold neither token nor value", async () => {
    const write = vault.client().write("secret/data/spec/versions", { data: { value: "canary" } });
    const error = await write.catch((reason: unknown) => reason);
    assert.ok(error instanceof VaultError);
    assert.equal(error.status, 403);
    assert.match(error.message, /^Vault: POST secret\/data\/spec\/versions: 403: /);
    assert.ok(!error.message.includes("canary"));
  });

  it("audits every request with its values hashed, and leaves no key of its own on the disk", async () => {
    const client = vault.client(vault.token);
    await client.write("secret/data/spec/audited", { data: { value: "canary-of-the-audit" } });
    const audit = await readFile(vault.auditFile, "utf8");
    assert.ok(audit.includes("secret/data/spec/audited"));
    for (const file of await readdir(dir)) {
      const path = join(dir, file);
      const text = (await stat(path)).isFile() ? await readFile(path, "utf8") : "";
      assert.ok(!text.includes("canary-of-the-audit"), file);
      assert.ok(!text.includes(vault.token.reveal()), file);
      assert.ok(!text.includes("PRIVATE KEY"), file);
    }
  });

  it("says that the server is gone when it is", async () => {
    const other = await startVault({ dir: join(dir, "other"), plain: true });
    assert.match(String(other.plainAddress), /^http:\/\/127\.0\.0\.1:/);
    const answer = await fetch(`${other.plainAddress}/v1/sys/health`);
    assert.equal(answer.status, 200);
    const client = other.client(other.token);
    await other.kill();
    const error: unknown = await client.read("secret/data/x").catch((reason: unknown) => reason);
    assert.ok(error instanceof VaultError && error.status === 0, String(error));
  });
});
