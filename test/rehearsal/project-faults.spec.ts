import assert from "node:assert/strict";
import { AWS_FAULTS } from "../../rehearsal/clouds/aws/calls";
import { projectRehearsal } from "../../rehearsal/systems/project";
import type { ProjectClouds } from "../../rehearsal/systems/project/clouds";
import { versionsOf } from "../../rehearsal/systems/project/writes";
import { FULL, SEED, seeded } from "../support/random";
import { type SystemUp, runRekey, systemUp } from "../support/rehearsal";

const SECRET = "JWT_SECRET";
const ENTRY = /^secretsmanager\.\w+ project\/prod\/jwt-secret$/;
type Move = "rotate" | "retire";
type Kind = keyof typeof AWS_FAULTS;
/** The provider tries a call three times. */
const ATTEMPTS = 3;

describe("project on an AWS that fails, through rekey up, by npm run matrix", function () {
  this.timeout(60 * 60_000);
  let project: SystemUp<ProjectClouds> | undefined;

  before(async function () {
    if (!FULL) return this.skip();
    project = await systemUp(projectRehearsal);
  });
  after(() => project?.session.close());

  function parts() {
    const { session } = project as SystemUp<ProjectClouds>;
    const { counted } = session.clouds;
    assert.ok(counted);
    return { session, proxy: counted.proxy };
  }

  async function does(...args: string[]): Promise<string> {
    const { code, out, err } = await runRekey(parts().session, args);
    assert.equal(code, 0, `rekey ${args.join(" ")}: ${err}`);
    return out;
  }

  const labels = () => versionsOf(parts().session.clouds, SECRET).then((lines) => lines.join("\n"));

  /** What the stack's own check says of the secret in AWS; other stores are none of this spec. */
  async function verdict(): Promise<string | undefined> {
    const { out, err } = await runRekey(parts().session, ["convergence", "--json", SECRET]);
    assert.notEqual(out, "", err);
    const { entries } = JSON.parse(out) as { entries: { store: string; verdict: string }[] };
    return entries.find(({ store }) => store.startsWith("aws-secrets-manager"))?.verdict;
  }

  /** The label of the oldest live generation: that in use before a rotation, that in grace before a retirement. */
  async function oldest(): Promise<string> {
    const live = [...(await labels()).matchAll(/rekey-g(\d+)/g)].map(([, number]) =>
      Number(number),
    );
    return `rekey-g${Math.min(...live)}`;
  }

  /** Makes a move without a fault. Returns how many calls it made on the secret's entry. */
  async function passes(move: Move): Promise<number> {
    const { proxy } = parts();
    proxy.forget();
    await does(move, SECRET);
    await does("up");
    return proxy.calls.filter(({ name }) => ENTRY.test(name)).length;
  }

  /** Makes a move with one call failing, and goes on by `rekey up` alone. */
  async function survives(move: Move, kind: Kind, when: "before" | "after", nth: number) {
    const { session, proxy } = parts();
    const what = `${move}: ${kind} ${when} call ${nth} (REKEY_SEED=${SEED})`;
    const old = new RegExp(`${await oldest()}\\b`);
    await does(move, SECRET);
    proxy.fail({ fault: AWS_FAULTS[kind], matching: ENTRY, nth, times: ATTEMPTS, when });
    const { code, err } = await runRekey(session, ["up"]);
    proxy.heal();
    assert.equal(code, 1, `${what}: ${err}`);
    // The message is wrapped to the terminal's width.
    const said = err.replace(/\s+/g, " ");
    assert.match(said, /Secrets Manager \w+ on \S*project\/prod\/jwt-secret/, what);
    if (move === "rotate") assert.match(await labels(), old, what);
    await does("up");
    assert.equal(await verdict(), "equal", what);
    if (move === "rotate") assert.match(await labels(), old, what);
    else assert.doesNotMatch(await labels(), old, what);
  }

  it("fails with store and secret, retires nothing old, and converges with the next rekey up, at every call of a rotation and of a retirement, before it and after", async () => {
    const calls = { rotate: await passes("rotate"), retire: await passes("retire") };
    assert.ok(calls.rotate > 3 && calls.retire > 0, JSON.stringify(calls));
    const random = seeded(SEED);
    const kinds = Object.keys(AWS_FAULTS) as Kind[];
    for (const move of ["rotate", "retire"] as const)
      for (let nth = 1; nth <= calls[move]; nth++)
        for (const when of ["before", "after"] as const) {
          const kind = kinds[Math.floor(random() * kinds.length)] ?? "serverError";
          if (move === "retire") await passes("rotate");
          await survives(move, kind, when, nth);
          if (move === "rotate") await passes("retire");
        }
  });
});
