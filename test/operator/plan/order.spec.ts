import assert from "node:assert/strict";
import type { SecretDeclaration } from "../../../components";
import type { Effects } from "../../../operator/plan/effects";
import { overQuota } from "../../../operator/plan/findings";
import { Changing, orderOf } from "../../../operator/plan/order";
import { writesOf } from "../../../operator/plan/writes";
import { CAPANEL_SECRETS } from "../../../stacks/capanel/inventory";
import { PROJECT_SECRETS } from "../../../stacks/project/inventory";

const sample = CAPANEL_SECRETS[1] as SecretDeclaration;
const ROTATE = { isNew: false, issued: [2], moves: true, atOnce: true, ended: [] };

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
    const staged = { isNew: false, issued: [2], moves: false, atOnce: false, ended: [] };
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

  it("count what each store is written, as the rehearsals count it", () => {
    const of = (effects: Partial<Effects>, more: Partial<SecretDeclaration> = {}) => {
      const nothing = { isNew: false, issued: [], moves: false, atOnce: false, ended: [] };
      const stores = ["aws-secrets-manager:k", "google-secret-manager:k", "vault-kv:k", "kubernetes-secret:k"]; // prettier-ignore
      const one = changing("KEY", { stores, ...more });
      return writesOf([{ ...one, effects: { ...nothing, ...effects } }])
        .map(({ store, writes }) => `${store.split("-")[0]} ${writes}`)
        .join(", ");
    };
    const [stage, activate, retire] = [{ issued: [2] }, { moves: true }, { ended: [1] }];
    // test/rehearsal/{vault-moves,kubernetes-moves,providers/aws/store}.spec.ts count the same at the stores.
    assert.equal(of({ isNew: true, issued: [1] }), "aws 2, google 2, vault 1, kubernetes 1");
    assert.equal(of(stage), "aws 1, google 1, vault 1, kubernetes 1");
    assert.equal(of(activate), "aws 1, google 1, vault 1");
    assert.equal(of(retire), "aws 1, google 1, vault 1, kubernetes 1");
    assert.equal(of({ ...stage, ...activate }), "aws 2, google 2, vault 1, kubernetes 1");
    assert.equal(
      of({ ...stage, ...activate, ...retire }),
      "aws 3, google 3, vault 1, kubernetes 2",
    );
    const keyring = { class: "keyring" } as const;
    assert.match(of(activate, keyring), /kubernetes 1$/);
    assert.match(of({ ...stage, ...activate }, keyring), /kubernetes 1$/);
  });

  it("count each place at its own quota, and none where a store has none", () => {
    const places = { stores: ["aws-secrets-manager:example/key", "vault-kv:secret/example/key"] };
    const everywhere = ["one", "two"].map((system) => changing("KEY", { ...places, system }));
    const counted = writesOf(everywhere, (system, kind) =>
      kind === "vault-kv" ? undefined : `region-${system}`,
    );
    assert.deepEqual(
      counted.map(({ store, writes, quota }) => [store, writes, quota !== null]),
      [
        ["aws-secrets-manager:region-one", 2, true],
        ["vault-kv", 2, false],
        ["aws-secrets-manager:region-two", 2, true],
      ],
    );
  });

  it("count one write of an env file for all that it holds, and none for what nobody gets yet", () => {
    const file = { stores: ["env-file:example"], accepts: "one" as const };
    const staged = { isNew: false, issued: [2], moves: false, atOnce: false, ended: [] };
    const both = [changing("ONE", file), changing("TWO", file)];
    assert.deepEqual(
      writesOf(both).map(({ store, writes }) => [store, writes]),
      [["env-file:example", 1]],
    );
    assert.deepEqual(writesOf(both.map((one) => ({ ...one, effects: staged }))), []);
  });

  it("of project writes Kubernetes before the workloads, AWS and Vault once they have the value", () => {
    const [secret] = PROJECT_SECRETS;
    assert.ok(secret);
    const phases = orderOf([{ secret, effects: ROTATE }]);
    assert.deepEqual(
      phases.map(({ phase, steps }) => [phase, steps.join("; ").replace(/.*: (?=publish)/, "")]),
      [
        ["values", "JWT_SECRET: make generation 2"],
        ["stores", "publish to kubernetes-secret:jwt-secret"],
        ["consumers", "kubernetes-workload:backend: JWT_SECRET"],
        ["stores", "publish to aws-secrets-manager:project/prod/jwt-secret, vault-kv:secret/project/prod/jwt-secret"], // prettier-ignore
        ["verification", "every consumer answers with what is active now: JWT_SECRET"],
      ],
    );
  });

  it("leave a workload alone that logs in with the database's other user still", () => {
    const secret = PROJECT_SECRETS.find(({ name }) => name === "POSTGRES_PASSWORD");
    assert.ok(secret);
    const staged = { isNew: false, issued: [2], moves: false, atOnce: false, ended: [] };
    assert.deepEqual(
      orderOf([{ secret, effects: staged }]).map(({ phase }) => phase),
      ["values", "targets", "stores", "stores"],
    );
  });
});
