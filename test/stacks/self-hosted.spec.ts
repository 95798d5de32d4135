import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { RotationRecord } from "../../components/rotation";
import { ROOM, SKIPPED } from "../../components/skipped";
import { Registered } from "../support/mocks";
import { StackConfig, declared, withRecord, withSetting } from "./examples";

/** The settings that a system's page shows, with values where the page asks for encrypted ones. */
function page(system: string, more: StackConfig): StackConfig {
  const text = readFileSync(join(__dirname, `../../docs/systems/${system}.md`), "utf8");
  const [, block = ""] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const { config } = parse(block) as { config: StackConfig };
  return {
    ...config,
    "rekey:credentials": { [`${system}-ssh-key`]: "key", [`${system}-database-admin`]: "admin" },
    ...more,
  };
}

const live = (value: string) => ({ a: { generation: 1, value } });
const MGMT_VIBE = page("mgmt-vibe", {
  "rekey:external": {
    OPENAI_API_KEY: live("openai"),
    STRIPE_KEYS: live('{"publishable":"pk","secret":"sk"}'),
  },
});
const PROXPANEL = page("proxpanel", {
  "rekey:external": {
    PAYSTACK_SECRET: live("paystack"),
    FLUTTERWAVE_WEBHOOK_HASH: live("flutterwave"),
    ALERTING_WEBHOOK_SECRET: live("alerting"),
    PROXMOX_TOKEN_SECRET: live('{"id":"panel@pve!one","secret":"pve"}'),
  },
});
const STAGED: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
const ACTIVE: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };

const names = (resources: readonly Registered[]) => resources.map(({ name }) => name).sort();
const script = (resources: readonly Registered[], name: string): string =>
  String(resources.find((one) => one.name === name)?.inputs["create"]);

describe("stacks of self-hosted systems", () => {
  it("mgmt-vibe declares what its page says, the jobs of its encrypted rows included", async () => {
    assert.deepEqual(names(await declared(MGMT_VIBE)), [
      "mgmt-vibe-backfill-run",
      "mgmt-vibe-database-a",
      "mgmt-vibe-database-server",
      "mgmt-vibe-database-users-a",
      "mgmt-vibe-database-users-connect",
      "mgmt-vibe-database-users-future-sequences",
      "mgmt-vibe-database-users-future-tables",
      "mgmt-vibe-database-users-group",
      "mgmt-vibe-database-users-sequences",
      "mgmt-vibe-database-users-tables",
      "mgmt-vibe-database-users-usage",
      "mgmt-vibe-encryption-a",
      "mgmt-vibe-host-apply",
      "mgmt-vibe-re-encrypt-run",
      "mgmt-vibe-session-a",
    ]);
  });

  it("a staged encryption key reaches the machine to decrypt with, and runs no job", async () => {
    const before = await declared(MGMT_VIBE);
    const after = await declared(withRecord(MGMT_VIBE, "ENCRYPTION_KEY", STAGED));
    const job = "mgmt-vibe-re-encrypt-run";
    assert.equal(script(after, job), script(before, job));
    const stdin = (all: readonly Registered[]) =>
      JSON.stringify(all.find(({ name }) => name === "mgmt-vibe-host-apply")?.inputs["stdin"]);
    assert.notEqual(stdin(after), stdin(before));
  });

  it("an activated encryption key runs the jobs once more", async () => {
    const active = await declared(withRecord(MGMT_VIBE, "ENCRYPTION_KEY", ACTIVE));
    for (const job of ["mgmt-vibe-backfill-run", "mgmt-vibe-re-encrypt-run"])
      assert.match(script(active, job), /^run='?g2/m);
    assert.match(script(active, "mgmt-vibe-host-apply"), /ENCRYPTION_KEY: 2/);
  });

  it("a roll back writes the machine's file anew, although its values are those of an earlier update", async () => {
    const at = (time: string): RotationRecord => ({ ...STAGED, at: time });
    const first = await declared(withRecord(MGMT_VIBE, "DATABASE_PASSWORD", at("2026-01-01T00:00:00Z"))); // prettier-ignore
    const back = await declared(withRecord(MGMT_VIBE, "DATABASE_PASSWORD", at("2026-01-02T00:00:00Z"))); // prettier-ignore
    const host = "mgmt-vibe-host-apply";
    assert.notEqual(script(first, host), script(back, host));
  });

  it("proxpanel ends sessions in an emergency only, and not before the exposed secret was replaced", async () => {
    const job = "proxpanel-revoke-sessions-jwt-run";
    const runs = async (record?: RotationRecord) =>
      names(
        await declared(record ? withRecord(PROXPANEL, "JWT_SECRET", record) : PROXPANEL),
      ).includes(job);
    assert.equal(await runs(), false);
    assert.equal(await runs(ACTIVE), false);
    assert.equal(await runs({ ...ACTIVE, slots: { b: 2 }, skipped: ROOM }), false);
    assert.equal(await runs({ ...ACTIVE, skipped: SKIPPED }), true);
  });

  for (const [what, config, path, fix] of [
    [
      "a missing key of the machine",
      withSetting(PROXPANEL, ["rekey:credentials", "proxpanel-ssh-key"], undefined),
      "rekey:credentials.proxpanel-ssh-key",
      /pulumi config set --secret --path/,
    ],
    [
      "no pinned host key in production",
      withSetting(PROXPANEL, ["rekey:proxpanel", "host", "hostKey"], undefined),
      "proxpanel-host.connection.hostKey",
      /ssh_host/,
    ],
    [
      "a test key of an issuer in production",
      withSetting(PROXPANEL, ["rekey:external", "PAYSTACK_SECRET"], live("sk_test_canary")),
      "rekey:external.PAYSTACK_SECRET.a",
      /rekey stage PAYSTACK_SECRET/,
    ],
    [
      "two systems with a secret of the same name",
      { ...PROXPANEL, "rekey:environment": "dev", "rekey:systems": ["capanel", "proxpanel"] },
      "rekey:systems",
      /stack of its own/,
    ],
  ] as const)
    it(`stops at ${what}, and quotes no value`, async () => {
      await assert.rejects(declared(config), (error: Error & { path?: string; fix?: string }) => {
        assert.equal(error.path, path, error.message);
        assert.match(String(error.fix), fix);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });
});
