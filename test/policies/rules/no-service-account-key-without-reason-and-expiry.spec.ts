import assert from "node:assert/strict";
import { noServiceAccountKeyWithoutReasonAndExpiry as rule } from "../../../policies/rules/no-service-account-key-without-reason-and-expiry";
import { Declared, findings, unknown } from "../harness";

const REASON = "the partner's agent cannot use workload identity";

function key(keepers?: unknown): Declared {
  const properties = { serviceAccountId: "example", ...(keepers !== undefined && { keepers }) };
  return { type: "gcp:serviceaccount/key:Key", name: "partner-key", properties };
}

function details(declared: Declared, settings?: Record<string, unknown>): string[] {
  return findings(rule, declared, settings).map(
    ({ path, detail }) => `${path.join(".")}: ${detail}`,
  );
}

describe("no-service-account-key-without-reason-and-expiry", () => {
  it("asks for both keepers", () => {
    const both = [
      "keepers.reason: the key's reason is missing",
      "keepers.expires: the key's expiry is missing",
    ];
    assert.deepEqual(details(key()), both);
    assert.deepEqual(details(key({ generation: "2" })), both);
  });

  it("does not take an unknown for a declaration", () => {
    assert.equal(details(key(unknown)).length, 2);
    assert.equal(details(key({ reason: unknown, expires: "2026-03-01" })).length, 1);
  });

  it("is content with reason and date beside keepers of one's own", () => {
    for (const expires of ["2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5+02:00"])
      assert.deepEqual(details(key({ reason: REASON, expires, generation: "2" })), []);
  });

  for (const expires of [
    "",
    "soon",
    "2026-02-30",
    "2026-3-1",
    "01.03.2026",
    "2026-13-01",
    "2026-03-01T25:00:00Z",
  ])
    it(`refuses '${expires}' as a date`, () =>
      assert.deepEqual(details(key({ reason: REASON, expires })), [
        "keepers.expires: the key's expiry is no RFC 3339 date",
      ]));

  it("refuses a reason that says nothing", () =>
    assert.equal(details(key({ reason: "because", expires: "2026-03-01" })).length, 1));

  it("bounds the life of a key from its creation, or from the day of the check", () => {
    const created = "2026-01-01";
    const late = { reason: REASON, expires: "2026-04-02", created };
    assert.deepEqual(details(key(late)), [
      "keepers.expires: the key's expiry is more than 90 days away",
    ]);
    assert.deepEqual(details(key({ ...late, expires: "2026-04-01" })), []);
    assert.deepEqual(details(key(late), { maxDays: 180 }), []);
    assert.equal(
      details(key({ reason: REASON, expires: "2026-04-02" }), { at: created }).length,
      1,
    );
  });

  it("calls a key expired only where the configuration says which day it is", () => {
    const old = key({ reason: REASON, expires: "2020-01-01" });
    assert.deepEqual(details(old), []);
    assert.deepEqual(details(old, { at: "2026-01-01" }), [
      "keepers.expires: the key's expiry is past",
    ]);
    assert.deepEqual(
      details(key({ reason: REASON, expires: "2026-01-01" }), { at: "2026-01-01" }),
      [],
    );
  });

  it("has AWS access keys declared in the configuration, since they take no keepers", () => {
    const access = {
      type: "aws:iam/accessKey:AccessKey",
      name: "mailer",
      properties: { user: "mailer" },
    };
    assert.equal(details(access).length, 2);
    const declared = { mailer: { reason: REASON, expires: "2026-03-01" } };
    assert.deepEqual(details(access, { declared }), []);
    assert.equal(details({ ...access, name: "other" }, { declared }).length, 2);
  });
});
