import assert from "node:assert/strict";
import type { SecretDeclaration } from "../../../components";
import { overQuota } from "../../../operator/plan/findings";
import { Changing, orderOf } from "../../../operator/plan/order";
import { writesOf } from "../../../operator/plan/writes";
import { CAPANEL_SECRETS } from "../../../stacks/capanel/inventory";

const sample = CAPANEL_SECRETS[1] as SecretDeclaration;
const ROTATE = { issued: [2], moves: true, atOnce: true, ended: [] };

function changing(name: string, more: object = {}): Changing {
  return { secret: { ...sample, name, ...more }, effects: ROTATE };
}

describe("plan: order and quotas", () => {
  it("go by tier where there are tiers, critical first and without one last", () => {
    const [values] = orderOf([
      changing("PLAIN"),
      changing("LOW", { tier: "optional" }),
      changing("TOP", { tier: "critical" }),
      changing("MIDDLE", { tier: "medium" }),
    ]);
    assert.deepEqual(
      values?.steps.map((step) => step.split(":")[0]),
      ["TOP", "MIDDLE", "LOW", "PLAIN"],
    );
  });

  it("leave out phases with nothing to do", () => {
    const staged = { issued: [2], moves: false, atOnce: false, ended: [] };
    const one = { secret: { ...sample, accepts: "one" as const }, effects: staged };
    assert.deepEqual(
      orderOf([one]).map(({ phase }) => phase),
      ["values", "stores"],
    );
    assert.deepEqual(orderOf([]), []);
  });

  it("say how much longer an update takes that writes more than a store's window", () => {
    const many = Array.from({ length: 400 }, (_, index) => changing(`KEY_${index}`));
    const [google] = writesOf(many);
    assert.deepEqual([google?.writes, google?.seconds], [800, 20]);
    assert.deepEqual(
      overQuota(writesOf(many)).map(({ rule }) => rule),
      ["store-quota"],
    );
    assert.deepEqual(overQuota(writesOf(many.slice(0, 10))), []);
  });

  it("count each region's store at its own quota, and none where a store has none", () => {
    const places = { stores: ["aws-secrets-manager:example/key", "vault-kv:secret/example/key"] };
    const counted = writesOf([changing("KEY", places)]);
    assert.deepEqual(
      counted.map(({ store, writes, quota }) => [store, writes, quota !== null]),
      [
        ["aws-secrets-manager", 2, true],
        ["vault-kv", 2, false],
      ],
    );
  });
});
