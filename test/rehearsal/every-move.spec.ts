import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import type { RehearsalReport } from "../../rehearsal/report";
import type { MoveReport, WalkMove } from "../../rehearsal/walk";
import { System, inventory } from "../../stacks/inventory";
import { SEED, sample } from "../support/random";
import { runCommand } from "../support/command";
import { ENGINE_MS } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

const EVERY = ["withdraw", "stage", "activate", "verify", "rollback", "retire", "emergency"];

const WALKED = ["mgmt-vibe", "proxpanel"] as const satisfies readonly System[];
/** One of them by the seed, both in one command under `npm run matrix`. */
const CHOSEN = WALKED.filter((_, at) => sample(1, 0) === 1 || at === SEED % WALKED.length);

/** What the evidence of each move must show besides the trials, by the secret of either system that it is seen at. */
const SHOWN: readonly (readonly [move: WalkMove, secrets: readonly string[], shown: RegExp])[] = [
  ["withdraw", ["SESSION_SECRET", "JWT_SECRET"], /are as before the stage \(\d+ parts\)/],
  ["activate", ["ENCRYPTION_KEY"], /^job backfill: done=20 remaining=0$/],
  ["activate", ["ENCRYPTION_KEY"], /^job re-encrypt: done=\d+ failed=0 remaining=0$/],
  ["verify", ["SESSION_SECRET", "JWT_SECRET"], /are as on the straight way \(\d+ parts\)/],
  [
    "retire",
    ["DATABASE_PASSWORD", "POSTGRES_PASSWORD"],
    /_a: 5 drained, 0 ended after 10 s; of 5 that were busy 0 were cut$/,
  ],
  [
    "retire",
    ["SESSION_SECRET", "JWT_SECRET", "JWT_REFRESH_SECRET", "PAYSTACK_SECRET"],
    /[1-9]\d* times accepted while it was retired, last \d+ ms (before|after) the end .*; 0 other/,
  ],
  [
    "emergency",
    ["DATABASE_PASSWORD", "POSTGRES_PASSWORD"],
    /^10 connections of the exposed user: the last one ended \d+ ms after/,
  ],
  ["emergency", ["BACKUP_ENCRYPTION_KEY"], /^the key of earlier backups: .*: accepted$/],
  ["emergency", ["BACKUP_ENCRYPTION_KEY"], /^retirement not applicable: nothing else opens/],
  [
    "emergency",
    ["SESSION_SECRET", "JWT_SECRET", "JWT_REFRESH_SECRET", "PAYSTACK_SECRET"],
    /[1-9]\d* times accepted while it was retired, last \d+ ms (before|after) the end of the command; 0/,
  ],
  [
    "emergency",
    ["OPENAI_API_KEY", "STRIPE_KEYS", "PROXMOX_TOKEN_SECRET"],
    /^the exposed generation, revoked: .*: refused, \d{1,3} ms after$/,
  ],
];

describe(`rekey rehearse, through every move (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS * CHOSEN.length);
  let temporary: string;

  before(async () => {
    temporary = await passableFolder();
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  it(`walks ${CHOSEN.join(" and ")} through every move at 50 requests a second with none failed, and has evidence for each`, async () => {
    const args = ["rehearse", "--systems", CHOSEN.join(","), "--rate", "50", "--json"];
    const { code, out, err } = await runCommand(args, temporary);
    assert.notEqual(out, "", err);
    const { systems, problems } = JSON.parse(out) as RehearsalReport;
    assert.deepEqual(problems, [], err);
    assert.equal(code, 0);
    assert.deepEqual(
      systems.map(({ name }) => name),
      CHOSEN,
    );
    for (const { name, requests, moves, secrets } of systems) {
      assert.equal(requests.failed, 0);
      assert.ok(requests.sent > 1000);
      assert.ok(requests.cut > 0, "clients that held what was exposed were not cut off");
      for (const secret of inventory([name as System])) {
        const mine = moves.filter((one) => one.secret === secret.name);
        assert.deepEqual(new Set(mine.map(({ move }) => move)), new Set(EVERY), secret.name);
        assertShown(secret.name, mine);
        const verdict = secrets.find((one) => one.name === secret.name);
        assert.deepEqual([verdict?.old, verdict?.new], ["refused", "accepted"], secret.name);
      }
    }
    const left = (await readdir(temporary)).filter((one) => one.startsWith("rekey-rehearsal-"));
    assert.deepEqual(left, [], "files were left behind");
  });
});

function assertShown(secret: string, moves: readonly MoveReport[]): void {
  for (const { move, ok, evidence } of moves) {
    assert.ok(ok, `${secret}, ${move}`);
    assert.ok(evidence.length > 0, `${secret}, ${move}: no evidence`);
  }
  for (const [move, secrets, shown] of SHOWN) {
    if (!secrets.includes(secret)) continue;
    const lines = moves.filter((one) => one.move === move).flatMap(({ evidence }) => evidence);
    assert.ok(
      lines.some((line) => shown.test(line)),
      `${secret}, ${move}: nothing like ${String(shown)} in ${lines.join("; ")}`,
    );
  }
}
