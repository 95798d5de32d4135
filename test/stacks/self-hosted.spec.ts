import assert from "node:assert/strict";
import { readRecords } from "../../components/records";
import { RotationRecord } from "../../components/rotation";
import { ROOM, SKIPPED } from "../../components/skipped";
import { parseStackFile } from "../../operator/record-file";
import { flowText } from "../../operator/yaml-text";
import { inventory } from "../../stacks/inventory";
import { workbench } from "../operator/workbench";
import { Registered } from "../support/mocks";
import { StackConfig, declared, withRecord, withSetting } from "./examples";
import { MGMT_VIBE, PROXPANEL, live } from "./pages";

const FERNET_KEY = `${"A".repeat(43)}=`;
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

  it("takes over the keys that run: nothing is generated before the first rotation", async () => {
    const running = withSetting(
      withSetting(MGMT_VIBE, ["rekey:external", "ENCRYPTION_KEY"], live(FERNET_KEY)),
      ["rekey:external", "SESSION_SECRET"],
      live("what signs cookies today"),
    );
    const env = async (config: StackConfig) => {
      const host = (await declared(config)).find(({ name }) => name === "mgmt-vibe-host-apply");
      const { value } = host?.inputs["stdin"] as { value: string };
      return value;
    };
    const made = names(await declared(running));
    assert.ok(!made.some((name) => /^mgmt-vibe-(encryption|session)-/.test(name)), made.join());
    assert.match(await env(running), new RegExp(`^ENCRYPTION_KEY='?${FERNET_KEY}'?$`, "m"));
    assert.match(await env(running), /^SESSION_SECRET='?what signs cookies today'?$/m);
    const rotated = withRecord(running, "ENCRYPTION_KEY", ACTIVE);
    assert.ok(names(await declared(rotated)).includes("mgmt-vibe-encryption-b"));
    assert.match(
      await env(rotated),
      new RegExp(`^ENCRYPTION_KEY='?[\\w-]{43}=,${FERNET_KEY}`, "m"),
    );
  });

  it("proxpanel signs with a pair where that is set, and hands out a set to verify with", async () => {
    const pairs = withSetting(PROXPANEL, ["rekey:proxpanel", "jwt"], { algorithm: "ES256" });
    const made = await declared(withRecord(pairs, "JWT_SECRET", STAGED));
    assert.ok(made.some(({ type, name }) => /PrivateKey/.test(type) && name === "proxpanel-jwt-b"));
    const host = made.find(({ name }) => name === "proxpanel-host-apply");
    const { value } = host?.inputs["stdin"] as { value: string };
    assert.match(value, /^JWT_SECRET_ALGORITHM='?ES256'?$/m);
    const [, set = ""] = /^JWT_JWKS='(.*)'$/m.exec(value) ?? [];
    const { keys } = JSON.parse(set) as { keys: Record<string, unknown>[] };
    assert.deepEqual(
      keys.map(({ kid, alg, d }) => [kid, alg, d]),
      [1, 2].map((generation) => [`proxpanel-jwt-g${generation}`, "ES256", undefined]),
    );
    assert.doesNotMatch(value, /^JWT_SECRET_ACCEPTED/m);
  });

  it("ends the log-ins of mgmt-vibe's old database user when `activate --grace-ends` says", async () => {
    const graceEnds = "2999-01-31T12:00:00Z";
    const bench = workbench({
      prod: `config:\n  rekey:environment: prod\n  rekey:systems: [mgmt-vibe]\n  rekey:rotations:\n    DATABASE_PASSWORD: ${flowText(STAGED as never)}\n`,
    });
    try {
      const ran = await bench.rekey(["activate", "DATABASE_PASSWORD", "--grace-ends", graceEnds]);
      assert.equal(ran.code, 0, ran.stderr);
      const written = parseStackFile("Pulumi.prod.yaml", bench.read("Pulumi.prod.yaml"));
      const records = readRecords(written.config["rekey:rotations"], inventory(["mgmt-vibe"]));
      const record = records.get("DATABASE_PASSWORD");
      assert.ok(record);
      const users = await declared(withRecord(MGMT_VIBE, "DATABASE_PASSWORD", record));
      const validUntil = (name: string) =>
        users.find((one) => one.name === name)?.inputs["validUntil"];
      assert.equal(validUntil("mgmt-vibe-database-users-a"), "2999-01-31 12:00:00+00");
      assert.equal(validUntil("mgmt-vibe-database-users-b"), undefined);
    } finally {
      bench.remove();
    }
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
