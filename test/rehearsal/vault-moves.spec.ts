import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  RotationRecord,
  Token,
  VaultAppRole,
  VaultKv,
  activate,
  rollback,
  retire,
  rotate,
  slotNames,
  stage,
} from "../../components";
import { SecretText } from "../../components/secret-text";
import { VaultError, readKv, readKvMetadata, type VaultClient } from "../../operator/vault";
import { startVault, type Vault } from "../../rehearsal/clouds/vault";
import { until } from "../../rehearsal/processes";
import { TestProject } from "./providers/project";

const NAMES = ["jwt-secret", "meili-api-key"] as const;
type Records = Readonly<Record<(typeof NAMES)[number], RotationRecord>>;
const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

describe("secrets in Vault KV v2, on the real engine and a real OpenBao", function () {
  this.timeout(300_000);
  let dir: string;
  let vault: Vault;
  let admin: VaultClient;
  let project: TestProject;
  let records: Records = { "jwt-secret": REST, "meili-api-key": REST };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-vault-moves-"));
    vault = await startVault({ dir });
    admin = vault.client(vault.token);
    project = await TestProject.create();
    const { address, caCertFile, token } = vault;
    await project.configure(
      { "vault:address": address, "vault:caCertFile": caCertFile, "vault:skipChildToken": "true" },
      { "vault:token": token.reveal() },
    );
  });
  after(async () => {
    await vault?.stop();
    await project?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  const path = (name: string) => `project/prod/${name}`;

  function program(): Promise<Record<string, unknown>> {
    const stores = NAMES.map((name) => {
      const { generations } = new Token(name, { record: records[name] });
      return new VaultKv(`${name}-vault`, { path: path(name), generations });
    });
    const roles = {
      api: { reads: [{ path: path("jwt-secret") }] },
      search: { reads: [{ path: path("meili-api-key") }], tokenTtl: 2, tokenMaxTtl: 2 },
      watcher: { reads: NAMES.map((name) => ({ path: path(name) })), sees: "metadata" as const },
      elsewhere: { reads: [{ path: path("jwt-secret") }], cidrs: ["192.0.2.0/24"] },
    };
    const made = Object.entries(roles).map(
      ([roleName, args]) => [roleName, new VaultAppRole(roleName, { roleName, ...args })] as const,
    );
    return Promise.resolve({
      ...Object.fromEntries(made.map(([name, { roleId }]) => [name, roleId])),
      versions: stores.map(({ version }) => version),
    });
  }

  async function up(name: keyof Records, move: (record: RotationRecord) => RotationRecord) {
    records = { ...records, [name]: move(records[name]) };
    return project.up(program);
  }

  async function counts(): Promise<number[]> {
    return Promise.all(
      NAMES.map(async (name) => {
        return (await readKvMetadata(admin, "secret", path(name)))?.currentVersion ?? 0;
      }),
    );
  }

  async function held(name: string): Promise<Record<string, string>> {
    const { data = {} } = (await readKv(admin, "secret", path(name))) ?? {};
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.reveal()]));
  }

  async function logIn(role: string): Promise<SecretText> {
    const roleId = String((await project.outputs())[role]?.value);
    const { data } = await admin.write(`auth/approle/role/${role}/secret-id`);
    return vault.client().logIn(roleId, new SecretText(String(data?.secret_id)));
  }

  const refused = (error: unknown) => error instanceof VaultError && error.status === 403;

  it("writes each secret once, and a second up writes nothing", async () => {
    await project.up(program);
    assert.deepEqual((await project.up(program)).steps, []);
    assert.deepEqual(await counts(), [1, 1]);
    const { value, generation, value_a } = await held("jwt-secret");
    assert.match(String(value), /^[A-Za-z0-9]{43}$/);
    assert.deepEqual([generation, value_a], ["1", value]);
  });

  it("writes exactly one version a move, of the moved secret alone", async () => {
    const first = await held("jwt-secret");
    await up("jwt-secret", (record) => stage(record, slotNames()));
    assert.deepEqual(await counts(), [2, 1]);
    const staged = await held("jwt-secret");
    assert.deepEqual([staged.value, staged.generation], [first.value, "1"]);
    await up("jwt-secret", activate);
    assert.deepEqual(await counts(), [3, 1]);
    const active = await held("jwt-secret");
    assert.deepEqual([active.value, active.generation], [staged.value_b, "2"]);
    assert.equal(active.value_a, first.value, "the previous value is not kept through its grace");
    await up("jwt-secret", rollback);
    assert.deepEqual(await counts(), [4, 1]);
    await up("jwt-secret", activate);
    await up("jwt-secret", retire);
    assert.deepEqual(await counts(), [6, 1]);
    assert.ok(!Object.values(await held("jwt-secret")).includes(String(first.value)));
    await up("meili-api-key", (record) => rotate(record, slotNames()));
    assert.deepEqual(await counts(), [6, 2], "a rotation in one update writes once");
    assert.deepEqual((await project.outputs()).versions?.value, ["6", "2"]);
    assert.deepEqual((await project.up(program)).steps, []);
    assert.deepEqual(await counts(), [6, 2]);
  });

  it("shows generations to those who may not read values", async () => {
    const watcher = vault.client(await logIn("watcher"));
    const metadata = await readKvMetadata(watcher, "secret", path("jwt-secret"));
    assert.deepEqual(metadata?.customMetadata, { "rekey-generation": "2", "rekey-live": "b:2" });
    await assert.rejects(readKv(watcher, "secret", path("jwt-secret")), refused);
  });

  it("lets a service read its own secrets, older versions too, and nothing else", async () => {
    const api = vault.client(await logIn("api"));
    assert.ok((await readKv(api, "secret", path("jwt-secret")))?.data.value);
    const tried = [
      () => readKv(api, "secret", path("meili-api-key")),
      () => readKvMetadata(api, "secret", path("jwt-secret")),
      () => api.list("secret/metadata/project/prod"),
      () => api.write(`secret/data/${path("jwt-secret")}`, { data: { value: "overwritten" } }),
      () => api.delete(`secret/data/${path("jwt-secret")}`),
      () => api.read("sys/policies/acl/api"),
      () => api.read("auth/approle/role/search/role-id"),
      () => readKv(vault.client(), "secret", path("jwt-secret")),
    ];
    for (const attempt of tried) await assert.rejects(attempt(), refused, attempt.toString());
  });

  it("refuses a token whose time is over", async () => {
    const search = vault.client(await logIn("search"));
    assert.ok(await readKv(search, "secret", path("meili-api-key")));
    await until(
      "the token is refused",
      () => readKv(search, "secret", path("meili-api-key")).then(() => false, refused),
      15_000,
    );
  });

  it("refuses log-ins from networks that the role does not name", async () => {
    await assert.rejects(logIn("elsewhere"), (error: VaultError) => error.status >= 400);
  });
});
