import assert from "node:assert/strict";
import type { RotationRecord } from "../../components/rotation";
import { RekeyError } from "../../operator/errors";
import { Selection, choose, chooseToMove } from "../../operator/selection";
import { inventory } from "../../stacks/inventory";
import { withRotators } from "../../stacks/rotated-by";

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

describe("operator/selection, of what a rotation function rotates", () => {
  const aws = { prefix: "example/prod", rotatedByFunction: ["OPENCLAW_GATEWAY_TOKEN"] };
  const secrets = withRotators(SECRETS, { "rekey:project": { aws } });
  const moved = (selection: Partial<Selection>, leaveOut: "some" | "none" = "some") =>
    chooseToMove(secrets, RECORDS, "rotate", { names: [], ...selection }, { leaveOut }).map(
      ({ name }) => name,
    );
  const refused = {
    message: /a function rotates OPENCLAW_GATEWAY_TOKEN.*nothing was changed/,
    path: "rekey:project.aws.rotatedByFunction",
    fix: "`aws secretsmanager rotate-secret --secret-id example/prod/openclaw-gateway-token`",
    exitCode: 2,
  };

  it("refuses it by name, alone or beside others, with the command that rotates it", () => {
    for (const names of [["OPENCLAW_GATEWAY_TOKEN"], ["JWT_SECRET", "OPENCLAW_GATEWAY_TOKEN"]])
      assert.throws(() => moved({ names }), refused);
    assert.deepEqual(moved({ names: ["JWT_SECRET"] }), ["JWT_SECRET"]);
  });

  it("leaves it out of a tier or of all, and refuses a group that has nothing else", () => {
    assert.deepEqual(moved({ tier: "optional" }), ["MEILI_API_KEY"]);
    assert.ok(!moved({ all: true }).includes("OPENCLAW_GATEWAY_TOKEN"));
    assert.throws(() => moved({ group: "gateway" }), refused);
  });

  it("passes over none in an emergency", () => {
    assert.throws(() => moved({ tier: "optional" }, "none"), refused);
    assert.throws(() => moved({ all: true }, "none"), refused);
  });

  it("still finds it for what only looks", () => {
    const [found] = choose(secrets, RECORDS, "stage", { names: ["OPENCLAW_GATEWAY_TOKEN"] });
    assert.equal(found?.rotatedByFunction, "example/prod/openclaw-gateway-token");
  });

  it("takes settings of another form for none: the program says what is wrong with them", () => {
    for (const config of [{}, { "rekey:project": { aws: { rotatedByFunction: "x" } } }])
      assert.deepEqual(withRotators(SECRETS, config), SECRETS);
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
