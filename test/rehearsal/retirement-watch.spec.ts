import assert from "node:assert/strict";
import { SecretText } from "../../components/secret-text";
import { until } from "../../rehearsal/processes";
import { watchRetirement } from "../../rehearsal/retirement-watch";
import type { Holdings, Stage, SystemRehearsal } from "../../rehearsal/systems/system";

/** A system of one secret whose application answers what `status` says; another secret is tried elsewhere. */
function watched(status: () => number | Error) {
  const accepted = () => Promise.resolve("accepted" as const);
  const once = () => {
    const answer = status();
    return typeof answer === "number" ? Promise.resolve(answer) : Promise.reject(answer);
  };
  const trials = {
    TOKEN: { what: "a token", attempt: accepted, status: once },
    KEY: { what: "a key at its issuer", attempt: accepted },
  };
  const holdings: Holdings = new Map([["TOKEN", { value: new SecretText("canary") }]]);
  const system = { trials } as unknown as SystemRehearsal;
  return watchRetirement(system, {} as Stage, holdings, ["TOKEN", "KEY"]);
}

describe("rehearsal/retirement-watch", function () {
  this.timeout(20_000);

  it("says when a value was accepted last, and is content with 200 and then 401", async () => {
    let [retired, asked] = [false, 0];
    const watch = watched(() => (asked++, retired ? 401 : 200));
    await until("it was accepted", () => asked > 1, 5_000);
    retired = true;
    const tried = await watch.ended();
    assert.deepEqual(
      tried.map(({ secret, ok }) => [secret, ok]),
      [["TOKEN", true]],
    );
    assert.match(
      tried[0]?.evidence ?? "",
      /^a token: \d+ times accepted while it was retired, last \d+ ms (before|after) the end of the update; 0 other answers$/,
    );
  });

  it("fails where anything but 200 and 401 was answered, and where nobody answered", async () => {
    for (const [answer, shown] of [
      [500, /1 other answers \(500\)/],
      [new TypeError("fetch failed"), /1 other answers \(0\)/],
    ] as const) {
      const answers = [200, answer];
      const watch = watched(() => answers.shift() ?? 401);
      await until("all were asked for", () => answers.length === 0, 5_000);
      const [tried] = await watch.ended();
      assert.equal(tried?.ok, false);
      assert.match(tried.evidence, shown);
    }
  });

  it("fails where a value is accepted for more than a second after the end", async () => {
    const began = Date.now();
    const watch = watched(() => (Date.now() - began < 1_500 ? 200 : 401));
    const [tried] = await watch.ended();
    assert.equal(tried?.ok, false);
    assert.match(tried.evidence, /last 1\d{3} ms after the end/);
  });

  it("fails where a value was refused from the start, since nothing was seen then", async () => {
    const [tried] = await watched(() => 401).ended();
    assert.equal(tried?.ok, false);
    assert.match(tried.evidence, /never accepted while it was retired/);
  });

  it("lets out what is no answer at all", async () => {
    const watch = watched(() => new Error("no token is held"));
    await assert.rejects(watch.stop(), /no token is held/);
  });
});
