import assert from "node:assert/strict";
import { AWS_FAULTS } from "../../rehearsal/clouds/aws/calls";
import { projectRehearsal } from "../../rehearsal/systems/project";
import type { ProjectClouds } from "../../rehearsal/systems/project/clouds";
import { versionsOf } from "../../rehearsal/systems/project/writes";
import { FULL, SEED, seeded } from "../support/random";
import { type SystemUp, runRekey, systemUp } from "../support/rehearsal";

const SECRET = "JWT_SECRET";
const ENTRY = /^secretsmanager\.\w+ project\/prod\/jwt-secret$/;
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

  it("fails with store and secret, retires nothing old, and converges with the next rekey up, at every call of a rotation", async () => {
    const { session, proxy } = parts();
    proxy.forget();
    await does("rotate", SECRET);
    await does("up");
    const calls = proxy.calls.filter(({ name }) => ENTRY.test(name)).length;
    assert.ok(calls > 3, `${calls} calls`);
    await does("retire", SECRET);
    await does("up");
    const random = seeded(SEED);
    const kinds = Object.keys(AWS_FAULTS) as (keyof typeof AWS_FAULTS)[];
    for (let nth = 1; nth <= calls; nth++) {
      const kind = kinds[Math.floor(random() * kinds.length)] ?? "serverError";
      const when = random() < 0.5 ? "before" : "after";
      const what = `${kind} ${when} call ${nth} (REKEY_SEED=${SEED})`;
      const [, old = ""] = /(rekey-g\d+)/.exec(await labels()) ?? [];
      await does("rotate", SECRET);
      proxy.fail({ fault: AWS_FAULTS[kind], matching: ENTRY, nth, times: ATTEMPTS, when });
      const { code, err } = await runRekey(session, ["up"]);
      proxy.heal();
      assert.equal(code, 1, `${what}: ${err}`);
      // The message is wrapped to the terminal's width.
      const said = err.replace(/\s+/g, " ");
      assert.match(said, /Secrets Manager \w+ on \S*project\/prod\/jwt-secret/, what);
      assert.match(await labels(), new RegExp(`${old}\\b`), what);
      await does("up");
      assert.equal(await verdict(), "equal", what);
      assert.match(await labels(), new RegExp(`${old}\\b`), what);
      await does("retire", SECRET);
      await does("up");
      assert.doesNotMatch(await labels(), new RegExp(`${old}\\b`), what);
    }
  });
});
