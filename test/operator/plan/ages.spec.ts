import assert from "node:assert/strict";
import { CLASS_PERIODS, SECRET_CLASSES, periodOf } from "../../../components";
import { readDate } from "../../../operator/plan/ages";
import { hasErrors } from "../../../operator/plan/document";
import { inventory } from "../../../stacks/inventory";
import { planned, told } from "./given";

const record = (at?: string) => ({
  generation: 1,
  active: "a",
  slots: { a: 1 },
  ...(at === undefined ? {} : { at }),
});
const young = "2026-05-30T00:00:00Z";
const others = {
  SECRET_KEY: record(young),
  FIRST_SUPERUSER_PASSWORD: record(young),
  VITE_STRAPI_API_KEY: record(young),
};

function aged(at: string | undefined, date: string, environment = "prod") {
  const head = {
    CLOUD_SQL_PASSWORD: record(at),
    ...others,
    ...(environment === "dev" ? { POSTGRES_PASSWORD: record(young) } : {}),
  };
  return planned({ base: head, head, date, environment });
}

describe("plan: ages", () => {
  it("have a period for every class, of 30, 60, 90 or 180 days", () => {
    for (const name of SECRET_CLASSES)
      assert.ok([30, 60, 90, 180].includes(CLASS_PERIODS[name]), name);
  });

  it("are shorter in staging, longest in dev, and the declaration's own where it has one", () => {
    assert.equal(periodOf({ class: "keyring" }, "prod"), 180);
    assert.equal(periodOf({ class: "keyring" }, "staging"), 90);
    assert.equal(periodOf({ class: "database-credential" }, "staging"), 14);
    for (const secret of inventory())
      assert.ok(periodOf(secret, "staging") < periodOf(secret, "prod"), secret.name);
    assert.equal(periodOf({ class: "database-credential" }, "dev"), 180);
    assert.equal(periodOf({ class: "token", periodDays: 45 }, "prod"), 45);
    assert.equal(periodOf({ class: "token", periodDays: 45 }, "staging"), 30);
  });

  it("are an error from the day after the last one allowed", () => {
    assert.deepEqual(told(aged("2026-05-01T23:00:00Z", "2026-05-31")), []);
    const over = aged("2026-05-01T23:00:00Z", "2026-06-01");
    assert.deepEqual(told(over), ["overdue CLOUD_SQL_PASSWORD"]);
    assert.ok(hasErrors(over));
    assert.match(over.findings[0]?.message ?? "", /31 days; .*30/);
  });

  it("are a warning in the change that moves the secret: that is what mends them", () => {
    const at = "2025-01-01T00:00:00Z";
    const before = { ...others, CLOUD_SQL_PASSWORD: record(at) };
    const staged = { generation: 2, active: "a", slots: { a: 1, b: 2 }, at };
    const head = { ...others, CLOUD_SQL_PASSWORD: staged };
    const plan = planned({ base: before, head, date: "2026-06-01" });
    assert.deepEqual(told(plan), ["overdue CLOUD_SQL_PASSWORD"]);
    assert.equal(hasErrors(plan), false);
  });

  it("are a warning in dev", () => {
    const plan = aged("2025-01-01T00:00:00Z", "2026-06-01", "dev");
    assert.deepEqual(told(plan), ["overdue CLOUD_SQL_PASSWORD"]);
    assert.equal(hasErrors(plan), false);
  });

  it("are not judged without a date", () => {
    const head = { CLOUD_SQL_PASSWORD: record("2001-01-01T00:00:00Z") };
    const plan = planned({ base: head, head });
    assert.deepEqual(told(plan), []);
    assert.ok(plan.findings.some(({ rule }) => rule === "date-missing"));
  });

  it("are a warning where the record does not say them", () => {
    assert.deepEqual(told(aged(undefined, "2026-06-01")), ["age-unknown CLOUD_SQL_PASSWORD"]);
  });

  it("refuse a record from the future, and take one from later on the same day", () => {
    assert.deepEqual(told(aged("2026-06-02T00:00:00Z", "2026-06-01")), [
      "at-in-future CLOUD_SQL_PASSWORD",
    ]);
    assert.deepEqual(told(aged("2026-06-01T23:59:59Z", "2026-06-01")), []);
  });

  it("notice a grace that is over", () => {
    const head = {
      ...others,
      CLOUD_SQL_PASSWORD: {
        generation: 2,
        active: "b",
        slots: { a: 1, b: 2 },
        at: young,
        graceEnds: "2026-05-31T00:00:00Z",
      },
    };
    const on = (date: string) => told(planned({ base: head, head, date }));
    assert.deepEqual(on("2026-05-31"), []);
    assert.deepEqual(on("2026-06-01"), ["grace-over CLOUD_SQL_PASSWORD"]);
  });

  it("are an error where the database ended a grace before the update that moves its consumers", () => {
    const rest = record(young);
    const over = {
      generation: 2,
      active: "b",
      slots: { a: 1, b: 2 },
      at: young,
      graceEnds: "2026-05-31T00:00:00Z",
    };
    const levels = (name: string, system: string, base = rest) =>
      planned({ base: { [name]: base }, head: { [name]: over }, system, date: "2026-06-01" })
        .findings.filter(({ rule }) => rule === "grace-over")
        .map(({ level }) => level);
    assert.deepEqual(levels("DATABASE_PASSWORD", "mgmt-vibe"), ["error"]);
    assert.deepEqual(levels("SESSION_SECRET", "mgmt-vibe"), ["warning"]);
    assert.deepEqual(levels("DATABASE_PASSWORD", "mgmt-vibe", over), ["warning"], "moved already");
  });

  it("take a day of the calendar only", () => {
    assert.equal(readDate("2028-02-29"), "2028-02-29");
    for (const text of ["2026-02-29", "2026-1-1", "today", "2026-01-31T00:00:00Z", ""])
      assert.throws(() => readDate(text), { exitCode: 2 });
  });
});
