import assert from "node:assert/strict";
import { SecretText } from "../../components/secret-text";
import type { Held, Holdings, SystemRehearsal } from "../../rehearsal/systems/system";
import type { WalkOptions } from "../../rehearsal/walk";
import { emergency } from "../../rehearsal/walk-emergency";
import type { Clouds } from "../../rehearsal/clouds";

const NAMES = ["TOKEN", "HOOK", "KEY", "KEY_ID", "BACKUP"] as const;
type Name = (typeof NAMES)[number];

/** A system whose application takes a token and events, with a key of an issuer and its id, and a key of backups; and what was done to it. */
function system({ revokes = true, fails = false } = {}) {
  const generation = (value: string): Holdings =>
    new Map(NAMES.map((name): [Name, Held] => [name, { value: new SecretText(value) }]));
  const [before, after] = [generation("old"), generation("new")];
  const done: string[] = [];
  let replaced = false;
  let revoked = false;
  let sent = 0;
  const isOld = ({ value }: Held) => value.reveal() === "old";
  const trial = (refuses: (old: boolean) => boolean) => ({
    what: "a request",
    attempt: (_: unknown, held: Held) =>
      Promise.resolve(refuses(isOld(held)) ? ("refused" as const) : ("accepted" as const)),
  });
  const answers = {
    ...trial((old) => old && replaced),
    status: (_: unknown, held: Held) => Promise.resolve(isOld(held) && replaced ? 401 : 200),
  };
  const atIssuer = trial((old) => old && revoked);
  const given = {
    secrets: [
      { name: "TOKEN", class: "token", source: "generated" },
      { name: "HOOK", class: "webhook-secret", source: "external" },
      { name: "KEY", class: "external-key", source: "external" },
      { name: "KEY_ID", class: "external-key", source: "external", movesWith: "KEY" },
      { name: "BACKUP", class: "backup-key", source: "generated" },
    ],
    stage: {},
    system: {
      name: "a system",
      walk: "every-move",
      issue: () => new Map([["KEY", new SecretText("new")]]),
      cutOver: (_: unknown, now: Holdings) => {
        done.push(`cut over ${[...now.keys()].join(" ")}`);
        return Promise.resolve();
      },
      revoke: () => {
        revoked = revokes;
        done.push("revoke");
        return Promise.resolve();
      },
      connections: {
        secret: "TOKEN",
        exposed: () =>
          Promise.resolve({
            ended: () => Promise.resolve({ connections: 1, afterMs: 5 }),
            close: () => Promise.resolve(void done.push("close")),
          }),
      },
      trials: { TOKEN: answers, HOOK: answers, KEY: atIssuer, KEY_ID: atIssuer, BACKUP: trial(() => false) }, // prettier-ignore
    } as unknown as SystemRehearsal,
    traffic: {
      cutOffs: () => (done.push("cuts begin"), () => void done.push("cuts end")),
      report: () => ({ sent: (sent += 4), kinds: { page: {} } }),
      renew: () => Promise.resolve(void done.push("renew")),
    },
    moves: {
      emergency: (names: readonly string[], external: ReadonlyMap<string, SecretText>) => {
        done.push(`emergency ${names.join(" ")} with ${[...external.keys()].join(" ")}`);
        if (fails) return Promise.reject(new Error("the command failed"));
        replaced = true;
        return Promise.resolve();
      },
    },
  } as unknown as WalkOptions<Clouds>;
  return { given, before, after, done, run: () => emergency(given, given.secrets, before, () => Promise.resolve(after)) }; // prettier-ignore
}

describe("rehearsal/walk-emergency", () => {
  it("replaces every secret by one command while clients work, and lets nobody be cut off once they logged in anew", async () => {
    const { done, run } = system();
    await run();
    assert.deepEqual(done, [
      "cuts begin",
      "emergency TOKEN HOOK KEY BACKUP with KEY",
      "cut over TOKEN HOOK KEY KEY_ID",
      "renew",
      "cuts end",
      "revoke",
      "close",
    ]);
  });

  it("has evidence of every secret: refused by the application, by its issuer once it is revoked there, or kept and why", async () => {
    const { run } = system();
    const { exposed, tried } = await run();
    const evidenceOf = (name: Name) =>
      tried.filter(({ secret }) => secret === name).map(({ evidence }) => evidence.replaceAll(/\d+ (times|ms)/g, "N $1")); // prettier-ignore
    assert.ok(tried.every(({ ok }) => ok));
    const successor = "its successor: a request: accepted";
    const watched = /^a request: N times accepted while it was retired, last N ms (before|after) the end of the command; 0 other answers$/; // prettier-ignore
    const hook = evidenceOf("HOOK");
    assert.match(hook[0] ?? "", watched);
    assert.deepEqual(hook.slice(1), ["the exposed generation: a request: refused", successor]);
    assert.match(evidenceOf("TOKEN")[0] ?? "", /^1 connections of the exposed user/);
    for (const name of ["KEY", "KEY_ID"] as const)
      assert.deepEqual(evidenceOf(name), [
        "the exposed generation, not revoked yet: a request: accepted",
        "the exposed generation, revoked: a request: refused, N ms after",
        successor,
      ]);
    assert.deepEqual(evidenceOf("BACKUP"), [
      "the key of earlier backups: a request: accepted",
      "retirement not applicable: nothing else opens the backups of its time, so it goes by its name only",
      successor,
    ]);
    assert.deepEqual([...exposed.keys()], ["TOKEN", "HOOK", "KEY", "KEY_ID"]);
  });

  it("is not content with a key that its issuer still takes after it was revoked", async () => {
    const { tried } = await system({ revokes: false }).run();
    const bad = tried.filter(({ ok }) => !ok);
    assert.deepEqual([...new Set(bad.map(({ secret }) => secret))], ["KEY", "KEY_ID"]);
    assert.match(bad[0]?.evidence ?? "", /: accepted, where refused is promised/);
  });

  it("lets go of the exposed connections when the command fails", async () => {
    const { done, run } = system({ fails: true });
    await assert.rejects(run(), /the command failed/);
    assert.equal(done.at(-1), "close");
  });
});
