import assert from "node:assert/strict";
import type { RotationRecord } from "../../../components";
import { LedgerEntry, ledgerOf } from "../../../operator/plan/due";
import { ledgerPage } from "../../../operator/plan/ledger-page";
import { inventory } from "../../../stacks/inventory";

const secrets = inventory(["capanel"], "prod");
const rest = { generation: 1, active: "a", slots: { a: 1 } };

function ledger(records: Readonly<Record<string, RotationRecord>>, date = "2026-06-01") {
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

function entry(record: RotationRecord, name = "SECRET_KEY"): LedgerEntry {
  const found = ledger({ [name]: record }).secrets.find(({ secret }) => secret === name);
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
    const byFunction = secrets.map((secret) =>
      secret.name === "SECRET_KEY" ? { ...secret, rotatedByFunction: "example/prod/key" } : secret,
    );
    const records = new Map(byFunction.map(({ name }) => [name, { ...rest, at }]));
    const given = { stack: "prod", environment: "prod", date: "2026-06-01", within: 14, records };
    const listed = ledgerOf({ ...given, secrets: byFunction }).secrets.map(({ secret }) => secret);
    assert.equal(listed.length, secrets.length - 1);
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

  it("is a page of its own: no script, no address, a chart that is described", () => {
    const page = ledgerPage(ledger({ SECRET_KEY: { ...rest, at: "2026-01-01T00:00:00Z" } }));
    assert.doesNotMatch(page, /<script|<img|<link|https?:/);
    assert.match(page, /<svg [^>]*role="img" aria-label="[^"]+"/);
    for (const { name } of secrets) assert.ok(page.includes(`<td>${name}</td>`), name);
    assert.match(page, /151 d/);
  });
});
