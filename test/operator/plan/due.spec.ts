import assert from "node:assert/strict";
import type { RotationRecord, SecretDeclaration } from "../../../components";
import { LedgerEntry, ledgerOf, movesOf } from "../../../operator/plan/due";
import { ledgerMarkdown } from "../../../operator/plan/ledger-markdown";
import { ledgerPage } from "../../../operator/plan/ledger-page";
import { inventory } from "../../../stacks/inventory";

const capanel = inventory(["capanel"], "prod");
const rest = { generation: 1, active: "a", slots: { a: 1 } };

function ledger(
  records: Readonly<Record<string, RotationRecord>>,
  date = "2026-06-01",
  secrets: readonly SecretDeclaration[] = capanel,
) {
  const all = secrets.map(({ name }): [string, RotationRecord] => [name, records[name] ?? rest]);
  return ledgerOf({
    stack: "prod",
    environment: "prod",
    date,
    within: 14,
    secrets,
    records: new Map(all),
  });
}

function entry(
  record: RotationRecord,
  name = "SECRET_KEY",
  date?: string,
  secrets?: readonly SecretDeclaration[],
): LedgerEntry {
  const { secrets: listed } = ledger({ [name]: record }, date, secrets);
  const found = listed.find(({ secret }) => secret === name);
  assert.ok(found);
  return found;
}

describe("due: the ledger of ages", () => {
  it("counts from the record, whatever the store says", () => {
    const { ageDays, periodDays, dueOn, daysLeft, status } = entry({
      ...rest,
      at: "2026-05-01T12:00:00Z",
    });
    assert.deepEqual([ageDays, periodDays, dueOn, daysLeft], [31, 90, "2026-07-30", 59]);
    assert.equal(status, "fine");
  });

  it("tells overdue, due within the notice, fine and unknown, in that urgency", () => {
    const { secrets: listed } = ledger({
      CLOUD_SQL_PASSWORD: { ...rest, at: "2026-05-05T00:00:00Z" },
      SECRET_KEY: { ...rest, at: "2026-01-01T00:00:00Z" },
      FIRST_SUPERUSER_PASSWORD: { ...rest, at: "2026-05-31T00:00:00Z" },
    });
    assert.deepEqual(
      listed.map(({ secret, status }) => `${secret} ${status}`),
      [
        "SECRET_KEY overdue",
        "CLOUD_SQL_PASSWORD due",
        "VITE_STRAPI_API_KEY unknown",
        "FIRST_SUPERUSER_PASSWORD fine",
      ],
    );
  });

  it("leaves out what a rotation function rotates: its record knows nothing of that", () => {
    const at = "2025-01-01T00:00:00Z";
    const byFunction = capanel.map((secret) =>
      secret.name === "SECRET_KEY" ? { ...secret, rotatedByFunction: "example/prod/key" } : secret,
    );
    const records = new Map(byFunction.map(({ name }) => [name, { ...rest, at }]));
    const given = { stack: "prod", environment: "prod", date: "2026-06-01", within: 14, records };
    const listed = ledgerOf({ ...given, secrets: byFunction }).secrets.map(({ secret }) => secret);
    assert.equal(listed.length, capanel.length - 1);
    assert.ok(!listed.includes("SECRET_KEY"));
  });

  it("names the move that comes next: what is in the way first, and the one that interrupts least", () => {
    const at = "2025-01-01T00:00:00Z";
    assert.equal(entry({ ...rest, at }).next, "stage");
    assert.equal(entry({ ...rest, at }, "CLOUD_SQL_PASSWORD").next, "rotate");
    const slots = { a: 1, b: 2 };
    assert.equal(entry({ generation: 2, active: "a", slots, at }).next, "activate");
    assert.equal(entry({ generation: 2, active: "b", slots, at }).next, "retire");
    assert.equal(entry({ ...rest, at: "2026-05-31T00:00:00Z" }).next, null);
  });

  it("proposes the first rotation of what nobody knows the age of", () => {
    const { status, next } = entry(rest);
    assert.deepEqual([status, next], ["unknown", "stage"]);
    assert.equal(entry({ ...rest, generation: 2, slots: { a: 1, b: 2 } }).next, "activate");
  });

  it("is due to retire once a grace is over: by the record, or the declared hours after the activation", () => {
    const grace = { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: "2026-05-30T12:00:00Z" };
    const stands = (record: RotationRecord, name: string, date: string) => {
      const { status, next, graceEnds } = entry(record, name, date);
      return [status, next, graceEnds];
    };
    const told = { ...grace, graceEnds: "2026-06-02T12:00:00Z" };
    const ends = told.graceEnds;
    assert.deepEqual(stands(told, "SECRET_KEY", "2026-06-02"), ["fine", null, ends]);
    assert.deepEqual(stands(told, "SECRET_KEY", "2026-06-03"), ["due", "retire", ends]);
    const declared = "2026-05-31T12:00:00Z";
    assert.deepEqual(stands(grace, "CLOUD_SQL_PASSWORD", "2026-05-31"), ["fine", null, declared]);
    assert.deepEqual(stands(grace, "CLOUD_SQL_PASSWORD", "2026-06-01"), ["due", "retire", declared]); // prettier-ignore
  });

  it("never retires the key of earlier backups: not for room, nor for its age", () => {
    const proxpanel = inventory(["proxpanel"], "prod");
    const backup = (record: RotationRecord) => {
      const { status, next } = entry(record, "BACKUP_ENCRYPTION_KEY", "2026-06-01", proxpanel);
      return [status, next];
    };
    const slots = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 };
    const at = "2025-01-01T00:00:00Z";
    const full = { generation: 8, active: "h", slots, at };
    assert.deepEqual(backup(full), ["overdue", null]);
    const graceEnds = "2025-02-01T00:00:00Z";
    assert.deepEqual(backup({ ...full, at: "2026-05-01T00:00:00Z", graceEnds }), ["fine", null]);
    assert.deepEqual(backup({ ...rest, at }), ["overdue", "rotate"]);
    const all = ledger({ BACKUP_ENCRYPTION_KEY: full }, "2026-06-01", proxpanel);
    assert.ok(movesOf(all).every(({ names }) => !names.includes("BACKUP_ENCRYPTION_KEY")));
    assert.match(ledgerMarkdown(all), /`BACKUP_ENCRYPTION_KEY` .*by hand: `rekey retire/);
  });

  it("makes no move of a key that a person has to bring, or of a secret that moves with another", () => {
    const project = inventory(["project"], "prod");
    const moves = movesOf(ledger({}, "2026-06-01", project));
    assert.deepEqual(
      moves.map(({ move }) => move),
      ["stage", "rotate"],
    );
    const names = moves.flatMap((one) => one.names);
    for (const name of ["VAPID_PUBLIC_KEY", "GMAIL_CLIENT_ID", "OPENROUTER_API_KEY"])
      assert.ok(!names.includes(name), name);
    assert.ok(names.includes("VAPID_PRIVATE_KEY"));
  });

  it("is a page of its own: no script, no address, a chart that is described", () => {
    const page = ledgerPage(ledger({ SECRET_KEY: { ...rest, at: "2026-01-01T00:00:00Z" } }));
    assert.doesNotMatch(page, /<script|<img|<link|https?:/);
    assert.match(page, /<svg [^>]*role="img" aria-label="[^"]+"/);
    for (const { name } of capanel) assert.ok(page.includes(`<td>${name}</td>`), name);
    assert.match(page, /151 d/);
  });
});
