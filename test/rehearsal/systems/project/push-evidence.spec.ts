import assert from "node:assert/strict";
import { hold } from "../../../../rehearsal/systems/project/hold";
import {
  livePairs,
  oldSubscriptionStatus,
  subscribeBrowsers,
  subscriptionTrial,
  subscribersOf,
} from "../../../../rehearsal/systems/project/push";
import { pushAfter } from "../../../../rehearsal/systems/project/push-evidence";
import type { ProjectClouds } from "../../../../rehearsal/systems/project/clouds";
import { Held, Stage, WalkedMove, held } from "../../../../rehearsal/systems/system";
import { SecretText } from "../../../../components/secret-text";
import { vapidPair } from "../../app/panel-fixture";
import { Backend, startBackend } from "./push-fixture";

const NAMES = ["VAPID_PRIVATE_KEY", "VAPID_PUBLIC_KEY"];

describe("rehearsal/systems/project/push-evidence", () => {
  const [old, fresh, last] = [vapidPair(), vapidPair(), vapidPair()];
  let backend: Backend;
  let stage: Stage<ProjectClouds>;

  beforeEach(async () => {
    backend = await startBackend(old);
    stage = { clouds: backend.clouds } as Stage<ProjectClouds>;
    await subscribeBrowsers(backend.clouds);
  });
  afterEach(() => backend.stop());

  async function after(move: WalkedMove, names = NAMES) {
    const tried = await pushAfter(backend.clouds, move, names);
    const evidence = tried.map((one) => one.evidence).join("\n");
    for (const { privateKey } of [old, fresh, last])
      assert.ok(!evidence.includes(privateKey), "the evidence holds a private key");
    return { ok: tried.every(({ ok }) => ok), evidence };
  }

  const heldOf = (pair: typeof old): Held => ({
    value: new SecretText(pair.privateKey),
    username: pair.publicKey,
  });

  it("is content with a pair that goes through every move as it should, and says what was seen", async () => {
    const moves: [WalkedMove, (typeof old)[], RegExp][] = [
      ["stage", [old, fresh], /pair 1: 42; by any other: 0; by a retired one since: 0$/],
      ["withdraw", [old], /0 were told to subscribe again/],
      ["stage", [old, fresh], /gets its message; 0 must subscribe again, 0 failed/],
      ["activate", [fresh, old], /pair 1: \d+, pair 2: 1; by any other: 0/],
      ["rollback", [old, fresh], /20 browsers with a subscription: 20 get their message, 0 were/],
      ["activate", [fresh, old], /by a retired one since: 0/],
      ["retire", [fresh], /20 were told to subscribe again .*\n.*\n.*: 410 at the old .*, 403 at/],
      ["emergency", [last], /has not subscribed again: 201 from .*\n.* 20 were told to subscribe/],
    ];
    for (const [move, pairs, shown] of moves) {
      backend.setPairs(pairs);
      if (move === "retire") subscribersOf(backend.clouds).browsers.allowEnd();
      const { ok, evidence } = await after(move);
      assert.ok(ok, `${move}: ${evidence}`);
      assert.match(evidence, shown, move);
    }
  });

  it("says nothing of a move of other secrets", async () => {
    assert.deepEqual(await after("stage", ["JWT_SECRET"]), { ok: true, evidence: "" });
  });

  it("is not content when something was signed with a pair that is not activated", async () => {
    backend.setPairs([old, fresh]);
    assert.equal(await subscriptionTrial.attempt(stage, heldOf(fresh)), "accepted");
    const { ok, evidence } = await after("stage");
    assert.equal(ok, false);
    assert.match(evidence, /by any other: 1/);
  });

  it("is not content when the old pair ends before its retirement", async () => {
    backend.setPairs([fresh, old], [fresh]);
    const { ok, evidence } = await after("activate");
    assert.equal(ok, false);
    assert.match(evidence, /gets none; 21 must subscribe again/);
    assert.match(evidence, /20 other answers \(410/);
  });

  it("is not content when a retired pair is served all the same", async () => {
    backend.setPairs([fresh, old]);
    await after("activate");
    subscribersOf(backend.clouds).browsers.allowEnd();
    backend.setPairs([fresh], [fresh, old]);
    const { ok, evidence } = await after("retire");
    assert.equal(ok, false);
    assert.match(evidence, /before the rotation gets its message; 0 must subscribe again/);
    assert.match(evidence, /no browser was told to subscribe again$/);
  });

  it("tries a subscription by the public key held, and refuses it once its pair is withdrawn or retired", async () => {
    backend.setPairs([old, fresh]);
    const staged = await hold(stage, "staged");
    assert.equal(held(staged, "VAPID_PRIVATE_KEY").value.reveal(), fresh.privateKey);
    assert.equal(held(staged, "VAPID_PUBLIC_KEY").username, fresh.publicKey);
    backend.setPairs([old]);
    await assert.rejects(hold(stage, "staged"), /does not know a staged pair/);
    for (const name of NAMES)
      assert.equal(await subscriptionTrial.attempt(stage, held(staged, name)), "refused");
    assert.equal(await subscriptionTrial.attempt(stage, heldOf(old)), "accepted");
    backend.pretend();
    await assert.rejects(async () => subscriptionTrial.attempt(stage, heldOf(old)), {
      name: "NotDelivered",
    });
  });

  it("asks for the old subscription over and over while its pair is retired: 200, then 401", async () => {
    assert.equal(await oldSubscriptionStatus(stage, heldOf(old)), 200);
    backend.setPairs([fresh]);
    assert.equal(await oldSubscriptionStatus(stage, heldOf(old)), 401);
    await assert.rejects(oldSubscriptionStatus(stage, heldOf(fresh)), /no subscription was made/);
  });

  it("reads the pairs that the backend is given, the one in use first and once", async () => {
    backend.setPairs([fresh, old]);
    const pairs = await livePairs(backend.clouds);
    assert.deepEqual(
      pairs.map(({ publicKey }) => publicKey),
      [fresh.publicKey, old.publicKey],
    );
    assert.deepEqual(
      pairs.map(({ privateKey }) => privateKey.reveal()),
      [fresh.privateKey, old.privateKey],
    );
  });
});
