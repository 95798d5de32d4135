import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RehearsalReport } from "../../rehearsal/report";
import type { MoveReport } from "../../rehearsal/walk";
import { System, inventory } from "../../stacks/inventory";
import { SEED, sample } from "../support/random";
import { runCommand } from "../support/command";
import { ENGINE_MS } from "../support/rehearsal";

const EVERY = ["withdraw", "stage", "activate", "verify", "rollback", "retire"];

const WALKED = ["mgmt-vibe", "proxpanel"] as const satisfies readonly System[];
/** One of them by the seed, both under `npm run matrix`. */
const CHOSEN = WALKED.filter((_, at) => sample(1, 0) === 1 || at === SEED % WALKED.length);

describe(`rekey rehearse, through every move (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS);
  let temporary: string;

  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "rekey-test-"));
    // As root, the database server runs as another user, who must be able to pass.
    await chmod(temporary, 0o755);
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  for (const name of CHOSEN)
    it(`walks ${name} through every move at 50 requests a second with none failed, and has evidence for each`, async () => {
      const args = ["rehearse", "--systems", name, "--rate", "50", "--json"];
      const { code, out, err } = await runCommand(args, temporary);
      assert.notEqual(out, "", err);
      const { systems, problems } = JSON.parse(out) as RehearsalReport;
      assert.deepEqual(problems, [], err);
      assert.equal(code, 0);
      const [system] = systems;
      assert.equal(system?.requests.failed, 0);
      assert.ok((system?.requests.sent ?? 0) > 1000);
      for (const secret of inventory([name])) {
        const moves: readonly MoveReport[] =
          system?.moves.filter((one) => one.secret === secret.name) ?? [];
        const expected = secret.source === "generated" ? [...EVERY, "emergency"] : EVERY;
        assert.deepEqual(new Set(moves.map(({ move }) => move)), new Set(expected), secret.name);
        for (const { move, ok, evidence } of moves) {
          assert.ok(ok, `${secret.name}, ${move}`);
          assert.ok(evidence.length > 0, `${secret.name}, ${move}: no evidence`);
        }
      }
      const left = (await readdir(temporary)).filter((one) => one.startsWith("rekey-rehearsal-"));
      assert.deepEqual(left, [], "files were left behind");
    });
});
