import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RotationRecord, Token, VaultKv, retire, rotate, slotNames } from "../../components";
import { readKv, readKvMetadata } from "../../operator/vault";
import { startFaultProxy, type FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { startVault, type Vault } from "../../rehearsal/clouds/vault";
import { TestProject } from "./providers/project";

const PATH = "project/prod/jwt-secret";
const WRITE = /^POST .*secret\/data\/project\/prod\/jwt-secret/;

describe("a Vault that fails in the middle of a rotation", function () {
  this.timeout(300_000);
  let dir: string;
  let vault: Vault;
  let proxy: FaultProxy;
  let project: TestProject;
  let record: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-vault-faults-"));
    vault = await startVault({ dir, plain: true });
    proxy = await startFaultProxy({ target: String(vault.plainAddress) });
    project = await TestProject.create();
    await project.configure(
      { "vault:address": proxy.url, "vault:skipChildToken": "true" },
      { "vault:token": vault.token.reveal() },
    );
    await project.up(program);
  });
  after(async () => {
    await proxy?.stop();
    await vault?.stop();
    await project?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  function program(): Promise<Record<string, unknown>> {
    const { generations } = new Token("jwt", { record });
    const { version } = new VaultKv("jwt-vault", { path: PATH, generations });
    return Promise.resolve({ version });
  }

  async function failing(): Promise<string> {
    return project.up(program).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
  }

  async function state(): Promise<{ count: number; value: string; generation: string }> {
    const client = vault.client(vault.token);
    const { currentVersion = 0 } = (await readKvMetadata(client, "secret", PATH)) ?? {};
    const { data } = (await readKv(client, "secret", PATH)) ?? {};
    const [value, generation] = [data?.value?.reveal(), data?.generation?.reveal()];
    return { count: currentVersion, value: String(value), generation: String(generation) };
  }

  it("fails the update with the path and no value, keeps the old one, and the next update writes once", async () => {
    const before = await state();
    record = rotate(record, slotNames());
    proxy.fail({ matching: WRITE, fault: { kind: "answer", status: 500 } });
    const error = await failing();
    assert.match(error, /secret\/data\/project\/prod\/jwt-secret was not written as wanted.* 500/);
    assert.ok(!error.includes(before.value));
    assert.deepEqual(await state(), before);
    await project.up(program);
    const now = await state();
    assert.deepEqual([now.count, now.generation], [before.count + 1, "2"]);
    assert.deepEqual((await project.up(program)).steps, []);
  });

  it("converges when the answer to a write is lost: with the same value, one version more", async () => {
    const before = await state();
    record = retire(record);
    proxy.fail({ matching: WRITE, fault: { kind: "reset" }, when: "after" });
    assert.match(await failing(), /secret\/data\/project\/prod\/jwt-secret was not written/);
    await project.up(program);
    const now = await state();
    assert.deepEqual([now.value, now.count], [before.value, before.count + 2]);
    assert.deepEqual((await project.up(program)).steps, []);
  });
});
