import assert from "node:assert/strict";
import type { SecretDeclaration } from "../../../components";
import { readDeployed } from "../../../operator/plan/deployed";
import { asRecords } from "../../../operator/plan/deployed-record";
import { readExport } from "../../../operator/plan/state-export";
import { inventory } from "../../../stacks/inventory";
import { Exported, exportOf, exportedSecret } from "./state";

const SECRETS = inventory(["capanel"], "prod");

function deployed(resources: readonly Exported[], secrets: readonly SecretDeclaration[] = SECRETS) {
  return readDeployed(readExport(exportOf(resources), "state.json"), secrets);
}

const key = (...slots: Parameters<typeof exportedSecret>[3][number][]) =>
  exportedSecret("capanel-secret-key", "capanel-secret-key-store", "capanel-secret-key", slots);

describe("plan: the deployed state", () => {
  it("tells slot, generation and what is in use, from names, keepers and marks", () => {
    const state = key({ slot: "a", generation: 4 }, { slot: "b", generation: 5, protect: true });
    assert.deepEqual(deployed(state).get("SECRET_KEY"), [
      { generation: 4, slot: "a", state: "grace" },
      { generation: 5, slot: "b", state: "active" },
    ]);
  });

  it("tells a staged generation from one in grace", () => {
    const state = key({ slot: "a", generation: 1, protect: true }, { slot: "b", generation: 2 });
    assert.deepEqual(
      deployed(state)
        .get("SECRET_KEY")
        ?.map(({ state: mark }) => mark),
      ["active", "staged"],
    );
  });

  it("says nothing of a secret without resources, or without a mark", () => {
    assert.equal(deployed([]).size, 0);
    assert.equal(deployed(key({ slot: "a", generation: 1 })).has("SECRET_KEY"), false);
  });

  it("leaves out what the next update deletes anyway", () => {
    const state = key({ slot: "a", generation: 1, protect: true }, { slot: "b", generation: 2 });
    const replaced = state.map((one) => (one.urn.endsWith("-g2") ? { ...one, delete: true } : one));
    assert.deepEqual(
      deployed(replaced)
        .get("SECRET_KEY")
        ?.map(({ generation }) => generation),
      [1],
    );
  });

  it("knows a version without a value of the program by its name alone", () => {
    const state = key({ slot: "a", generation: 1, protect: true }).map((one) => ({
      ...one,
      propertyDependencies: {},
    }));
    assert.deepEqual(deployed(state).get("SECRET_KEY"), [
      { generation: 1, slot: null, state: "active" },
    ]);
  });

  it("finds a secret whose store keeps no versions by the component that it declares", () => {
    const [secret] = SECRETS.filter(({ name }) => name === "SECRET_KEY");
    assert.ok(secret);
    const local = { ...secret, stores: ["env-file:.env"] };
    const state = key({ slot: "a", generation: 3, protect: true });
    assert.deepEqual(deployed(state, [local]).get("SECRET_KEY"), [
      { generation: 3, slot: "a", state: "active" },
    ]);
  });

  it("does not take an entry that two secrets share as evidence for either", () => {
    const [secret] = SECRETS.filter(({ name }) => name === "SECRET_KEY");
    assert.ok(secret);
    const twin = { ...secret, name: "OTHER_KEY", component: "other" };
    const other = { ...secret, name: "THIRD_KEY", component: "third" };
    const state = key({ slot: "a", generation: 3, protect: true });
    assert.equal(deployed(state, [twin, other]).size, 0);
  });

  it("reads what a store that keeps all generations in one place says in its metadata", () => {
    const [secret] = SECRETS.filter(({ name }) => name === "SECRET_KEY");
    assert.ok(secret);
    const kept = { ...secret, stores: ["vault-kv:secret/example/prod/key"] };
    const state = {
      urn: "urn:pulumi:prod::rekey::vault:kv/secretV2:SecretV2::example-key-secret",
      custom: true,
      protect: true,
      inputs: {
        mount: "secret",
        name: "example/prod/key",
        dataJson: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" },
        customMetadata: { data: { "rekey-generation": "5", "rekey-live": "a:4,b:5" } },
      },
    };
    assert.deepEqual(deployed([state], [kept]).get("SECRET_KEY"), [
      { generation: 4, slot: "a", state: "grace" },
      { generation: 5, slot: "b", state: "active" },
    ]);
  });

  it("knows one object a generation by its name, deep in its metadata", () => {
    const [secret] = SECRETS.filter(({ name }) => name === "SECRET_KEY");
    assert.ok(secret);
    const kept = { ...secret, stores: ["kubernetes-secret:example/key"] };
    const parent = "urn:pulumi:prod::rekey::rekey:index:KubernetesSecret::example-key";
    const object = (generation: number, protect: boolean) => ({
      urn: `${parent}-g${generation}`,
      custom: true,
      protect,
      parent,
      inputs: { metadata: { namespace: "example", name: `key-g${generation}` } },
    });
    assert.deepEqual(
      deployed([object(1, true), object(2, false)], [kept])
        .get("SECRET_KEY")
        ?.map(({ generation, state }) => `${generation} ${state}`),
      ["1 active", "2 staged"],
    );
  });

  it("becomes a record, with slots that the records know where the state does not", () => {
    const next = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
    const live = [{ generation: 1, slot: null, state: "active" as const }];
    assert.deepEqual(asRecords(live, next, undefined), [
      { generation: 1, active: "a", slots: { a: 1 } },
    ]);
    const gone = { generation: 3, active: "b", slots: { b: 2, a: 3 } };
    assert.deepEqual(asRecords(live, gone, undefined), []);
  });

  it("becomes two records where an update failed between two marks", () => {
    const live = [
      { generation: 1, slot: "a", state: "active" as const },
      { generation: 2, slot: "b", state: "active" as const },
    ];
    const next = { generation: 2, active: "b", slots: { b: 2 } };
    assert.deepEqual(
      asRecords(live, next, undefined).map(({ active }) => active),
      ["a", "b"],
    );
  });

  it("refuses a file that is no exported state, without quoting it", () => {
    for (const text of ["not json", "[]", '{"resources": "hunter2"}'])
      assert.throws(
        () => readExport(text, "state.json"),
        (error: Error & { exitCode?: number }) => {
          assert.equal(error.exitCode, 2);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
  });
});
