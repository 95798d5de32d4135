import assert from "node:assert/strict";
import { hasErrors, planDocument } from "../../../operator/plan/document";
import { Records, planned, told } from "./given";
import { exportedSecret } from "./state";

const AT = "2026-01-01T00:00:00Z";
const rest = { generation: 1, active: "a", slots: { a: 1 } };
const rotated = { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: AT };
const everything = (record: typeof rest): Records => ({
  CLOUD_SQL_PASSWORD: record,
  SECRET_KEY: record,
  FIRST_SUPERUSER_PASSWORD: record,
  VITE_STRAPI_API_KEY: record,
});
const keyState = (...slots: Parameters<typeof exportedSecret>[3][number][]) =>
  exportedSecret("capanel-secret-key", "capanel-secret-key-store", "capanel-secret-key", slots);

describe("plan: a change of records", () => {
  it("shows slot, generations, move, stores, consumers, interruption, grace, who and why", () => {
    const said = { graceEnds: "2026-02-01T00:00:00Z", by: "ada@example.com", reason: "yearly" };
    const plan = planned({ base: {}, head: { SECRET_KEY: { ...rotated, ...said } } });
    const [secret, ...others] = plan.secrets;
    assert.deepEqual(others, []);
    assert.equal(plan.unchanged, 3);
    assert.deepEqual(secret?.moves, ["rotate"]);
    assert.deepEqual(secret?.from, { generation: 1, slot: "a", state: "active" });
    assert.deepEqual(secret?.to, { generation: 2, slot: "b", state: "active" });
    assert.deepEqual(secret?.stores, ["google-secret-manager:capanel-secret-key"]);
    assert.deepEqual(secret?.consumers, ["cloud-run-service:capanel-api"]);
    assert.match(secret?.interruption ?? "", /^re-login/);
    assert.match(secret?.advice ?? "", /rekey stage SECRET_KEY -s prod/);
    assert.equal(secret?.graceEnds, "2026-02-01T00:00:00Z");
    assert.equal(secret?.by, "ada@example.com");
    assert.equal(secret?.reason, "yearly");
    assert.deepEqual(told(plan), []);
    planDocument.parse(plan);
  });

  it("interrupts nothing where the generation is known before it is activated", () => {
    const staged = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
    const plan = planned({ base: { SECRET_KEY: staged }, head: { SECRET_KEY: rotated } });
    assert.deepEqual(plan.secrets[0]?.moves, ["activate"]);
    assert.equal(plan.secrets[0]?.interruption, "none");
    assert.equal(plan.secrets[0]?.advice, null);
  });

  it("counts the interruption from what is deployed: a stage that was never applied is none", () => {
    const staged = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
    const plan = planned({
      base: { SECRET_KEY: staged },
      head: { SECRET_KEY: rotated },
      state: keyState({ slot: "a", generation: 1, protect: true }),
    });
    assert.deepEqual(plan.secrets[0]?.moves, ["activate"]);
    assert.deepEqual(plan.secrets[0]?.update, ["rotate"]);
    assert.match(plan.secrets[0]?.interruption ?? "", /^re-login/);
    assert.deepEqual(told(plan), ["base-not-deployed SECRET_KEY"]);
    assert.equal(hasErrors(plan), false);
  });

  it("orders values, database users, stores, consumers, verification and retirement", () => {
    const graced = { generation: 5, active: "b", slots: { a: 4, b: 5 } };
    const plan = planned({
      base: { CLOUD_SQL_PASSWORD: rest, SECRET_KEY: graced },
      head: { CLOUD_SQL_PASSWORD: rotated, SECRET_KEY: { ...graced, slots: { b: 5 } } },
    });
    assert.deepEqual(
      plan.order.map(({ phase }) => phase),
      ["values", "targets", "stores", "consumers", "verification", "retirement"],
    );
    const steps = Object.fromEntries(plan.order.map((phase) => [phase.phase, phase.steps]));
    assert.deepEqual(steps["targets"], ["CLOUD_SQL_PASSWORD: set cloud-sql-user:capanel"]);
    assert.deepEqual(steps["retirement"], ["SECRET_KEY: end generation 4"]);
    assert.ok(
      steps["consumers"]?.includes("cloud-run-service:capanel-api: CLOUD_SQL_PASSWORD, SECRET_KEY"),
    );
  });

  it("counts writes for each store against its quota", () => {
    const plan = planned({ base: everything(rest), head: everything(rotated) });
    const [google, ...others] = plan.writes;
    assert.deepEqual(others, []);
    assert.equal(google?.store, "google-secret-manager:example-prod");
    // A new version and the mark of the active one, for each of four secrets.
    assert.equal(google?.writes, 8);
    assert.match(google?.quota ?? "", /^600 a minute/);
    assert.equal(google?.seconds, 0);
  });

  it("says that users must subscribe again when a VAPID pair rotates, both halves of it", () => {
    const plan = planned({ base: {}, head: { VAPID_PRIVATE_KEY: rotated }, system: "project" });
    assert.deepEqual(
      plan.secrets.map(({ name, moves }) => [name, ...moves]),
      [
        ["VAPID_PRIVATE_KEY", "rotate"],
        ["VAPID_PUBLIC_KEY", "rotate"],
      ],
    );
    assert.match(plan.secrets[0]?.interruption ?? "", /^users must subscribe .* again/);
    assert.match(plan.secrets[1]?.interruption ?? "", /^that of VAPID_PRIVATE_KEY/);
  });

  it("is the same for the same input: nothing depends on the day or the machine", () => {
    const given = { base: {}, head: { SECRET_KEY: rotated }, date: "2026-01-05" };
    assert.deepEqual(planned(given), planned(given));
  });

  it("shows a new stack as new, and an earlier move that waits as pending", () => {
    const fresh = planned({ head: {} });
    assert.deepEqual([...new Set(fresh.secrets.map(({ change }) => change))], ["new"]);
    const waiting = planned({
      base: { SECRET_KEY: rotated },
      head: { SECRET_KEY: rotated },
      state: keyState({ slot: "a", generation: 1, protect: true }),
    });
    assert.equal(waiting.secrets[0]?.change, "none");
    assert.deepEqual(waiting.secrets[0]?.update, ["rotate"]);
  });

  it("finds a secret that is declared no more", () => {
    const plan = planned({ base: {}, head: {}, baseEnvironment: "dev" });
    assert.deepEqual(
      plan.secrets.map(({ name, change }) => `${name} ${change}`),
      ["POSTGRES_PASSWORD removed"],
    );
    assert.deepEqual(told(plan), ["secret-removed -"]);
    planDocument.parse(plan);
  });
});

describe("plan: findings", () => {
  it("name the line and the path of the record at fault", () => {
    const plan = planned({
      base: { CLOUD_SQL_PASSWORD: rest, SECRET_KEY: rest },
      head: {
        CLOUD_SQL_PASSWORD: rest,
        SECRET_KEY: { generation: 2, active: "a", slots: { a: 2 } },
      },
    });
    const [finding] = plan.findings;
    assert.equal(finding?.rule, "active-slot-bumped");
    assert.equal(finding?.level, "error");
    assert.equal(finding?.line, 6);
    assert.equal(finding?.path, "rekey:rotations.SECRET_KEY.slots.a");
    assert.ok(hasErrors(plan));
  });

  it("are all there at once: one illegal record does not hide the next", () => {
    const plan = planned({
      base: {},
      head: {
        SECRET_KEY: { generation: 1, active: "c", slots: { a: 1 } },
        CLOUD_SQL_PASSWORD: { generation: 2, active: "b", slots: { b: 2 } },
        TYPO: rest,
      },
    });
    assert.deepEqual(told(plan), [
      "illegal-record SECRET_KEY",
      "illegal-record TYPO",
      "retires-with-activation CLOUD_SQL_PASSWORD",
      "at-not-updated CLOUD_SQL_PASSWORD",
    ]);
  });

  it("tell once what base and state both show", () => {
    const plan = planned({
      base: { SECRET_KEY: rest },
      head: { SECRET_KEY: { generation: 2, active: "b", slots: { b: 2 }, at: AT } },
      state: keyState({ slot: "a", generation: 1, protect: true }),
    });
    assert.deepEqual(told(plan), ["retires-with-activation SECRET_KEY"]);
  });

  it("find a stage into a slot that the state still shows in grace", () => {
    const plan = planned({
      base: { SECRET_KEY: { generation: 5, active: "b", slots: { b: 5 } } },
      head: { SECRET_KEY: { generation: 6, active: "b", slots: { a: 6, b: 5 } } },
      state: keyState({ slot: "a", generation: 4 }, { slot: "b", generation: 5, protect: true }),
    });
    assert.deepEqual(told(plan), ["stage-into-grace SECRET_KEY", "base-not-deployed SECRET_KEY"]);
  });

  it("find the retirement of what the state shows in use, after an update that failed half-way too", () => {
    const given = {
      base: { SECRET_KEY: rotated },
      head: { SECRET_KEY: { ...rotated, slots: { b: 2 } } },
    };
    const before = keyState({ slot: "a", generation: 1, protect: true });
    assert.ok(told(planned({ ...given, state: before })).includes("retires-active SECRET_KEY"));
    const between = keyState(
      { slot: "a", generation: 1, protect: true },
      { slot: "b", generation: 2, protect: true },
    );
    assert.ok(told(planned({ ...given, state: between })).includes("retires-active SECRET_KEY"));
    const after = keyState(
      { slot: "a", generation: 1 },
      { slot: "b", generation: 2, protect: true },
    );
    assert.deepEqual(told(planned({ ...given, state: after })), []);
  });

  it("know what a consumer still uses, where an update failed after the marks had moved", () => {
    const marks = keyState(
      { slot: "a", generation: 1 },
      { slot: "b", generation: 2, protect: true },
    );
    const service = (generation: number) => ({
      urn: "urn:pulumi:prod::rekey::gcp:cloudrunv2/service:Service::capanel-api-service",
      custom: true,
      inputs: {
        template: { annotations: { "rekey.generation/SECRET_KEY": String(generation) } },
      },
    });
    const given = {
      base: { SECRET_KEY: rotated },
      head: { SECRET_KEY: { ...rotated, slots: { b: 2 } } },
    };
    const behind = planned({ ...given, state: [...marks, service(1)] });
    assert.ok(told(behind).includes("retires-active SECRET_KEY"));
    assert.deepEqual(told(planned({ ...given, state: [...marks, service(2)] })), []);
    const waiting = planned({ ...given, head: given.base, state: [...marks, service(1)] });
    assert.deepEqual(waiting.secrets[0]?.update, ["activate"]);
  });

  it("say of which secret a state tells nothing", () => {
    const silent = (given: Parameters<typeof planned>[0]) =>
      planned(given).findings.flatMap(({ rule, level, secret }) =>
        rule === "state-silent" ? `${level} ${secret}` : [],
      );
    const state = keyState({ slot: "a", generation: 1, protect: true });
    assert.deepEqual(silent({ base: {}, head: {}, state }), [
      "note CLOUD_SQL_PASSWORD",
      "note FIRST_SUPERUSER_PASSWORD",
      "note VITE_STRAPI_API_KEY",
    ]);
    assert.deepEqual(silent({ head: {}, state }), [], "what is new has no resources yet");
    assert.deepEqual(silent({ base: {}, head: {} }), [], "no state was read");
  });

  it("let a record at the base that breaks a rule be mended", () => {
    const plan = planned({
      base: { SECRET_KEY: { generation: 1, active: "b", slots: { a: 1 } } },
      head: { SECRET_KEY: rest },
    });
    assert.deepEqual(told(plan), ["base-unreadable SECRET_KEY"]);
    assert.equal(hasErrors(plan), false);
  });

  it("say what was not judged, without failing the check", () => {
    const plan = planned({ base: {}, head: {} });
    assert.deepEqual(
      plan.findings.map(({ rule, level }) => `${rule} ${level}`),
      ["date-missing note", "state-missing note"],
    );
  });
});
