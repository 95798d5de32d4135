import assert from "node:assert/strict";
import type { RotationRecord } from "../../components/rotation";
import { RekeyError } from "../../operator/errors";
import { Selection, choose } from "../../operator/selection";
import { inventory } from "../../stacks/inventory";

const SECRETS = inventory(["project"]);
const RECORDS = new Map<string, RotationRecord>();

function chosen(selection: Partial<Selection>): string[] {
  return choose(SECRETS, RECORDS, "stage", { names: [], ...selection }).map(({ name }) => name);
}

function refusal(selection: Partial<Selection>): RekeyError {
  try {
    chosen(selection);
  } catch (error) {
    if (error instanceof RekeyError) return error;
    throw error;
  }
  assert.fail("it was chosen");
}

describe("operator/selection, by tier", () => {
  it("chooses the secrets of one tier", () => {
    assert.deepEqual(chosen({ tier: "critical" }), [
      "JWT_SECRET",
      "DELEGATION_JWT_SECRET",
      "POSTGRES_PASSWORD",
      "ENCRYPTION_KEY",
    ]);
  });

  it("goes from critical to optional where all are chosen, whatever order they are declared in", () => {
    const backwards = [...SECRETS].reverse();
    const tiers = choose(backwards, RECORDS, "rotate", { names: [], all: true }).map(
      ({ tier }) => tier,
    );
    const order = ["critical", "critical", "critical", "critical"];
    assert.deepEqual(tiers, [...order, "high", "high", "high", "high", "optional", "optional"]);
  });

  it("leaves out what moves with another, and refuses it alone with the name of that one", () => {
    assert.ok(!chosen({ all: true }).includes("VAPID_PUBLIC_KEY"));
    const { message, fix } = refusal({ names: ["VAPID_PUBLIC_KEY"] });
    assert.match(message, /moves with VAPID_PRIVATE_KEY/);
    assert.match(String(fix), /VAPID_PRIVATE_KEY/);
    assert.deepEqual(chosen({ names: ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY"] }), [
      "VAPID_PRIVATE_KEY",
    ]);
  });

  it("says with what the secrets of a tier move that has none of its own", () => {
    const { path, fix } = refusal({ tier: "medium" });
    assert.equal(path, "--tier");
    assert.match(String(fix), /VAPID_PRIVATE_KEY and GMAIL_CLIENT_SECRET/);
  });

  it("refuses an unknown tier with those that there are", () => {
    const { path, allowed } = refusal({ tier: "urgent" });
    assert.equal(path, "--tier");
    assert.match(String(allowed), /tiers: critical, high, medium, optional/);
  });
});

describe("operator/selection, by role", () => {
  it("chooses what a role of people can read", () => {
    assert.deepEqual(chosen({ readableBy: "developer" }), ["POSTGRES_PASSWORD"]);
    assert.ok(chosen({ readableBy: "operator" }).length > 1);
  });

  it("refuses a role that reads nothing, with the roles that there are", () => {
    const { path, allowed } = refusal({ readableBy: "visitor" });
    assert.equal(path, "--readable-by");
    assert.match(String(allowed), /readers: operator, developer/);
  });
});
