import assert from "node:assert/strict";
import { join } from "node:path";
import { openProject } from "../../operator/project";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import { Postgres, startPostgres } from "../../rehearsal/clouds/postgres";
import { until } from "../../rehearsal/processes";
import { STACK } from "../../rehearsal/project";
import { mgmtVibeRehearsal } from "../../rehearsal/systems/mgmt-vibe";
import type { MgmtVibeClouds } from "../../rehearsal/systems/mgmt-vibe/clouds";
import { cookieOf, tryCookie } from "../../rehearsal/systems/mgmt-vibe/load";
import { asAdministrator } from "../../rehearsal/systems/self-hosted/database";
import { LATEST_MS, Victim, disturbedUpdate, killedUpdate } from "../support/kills";
import { SEED, sample, seeded } from "../support/random";
import { ENGINE_MS, SystemUp, runRekey, systemUp } from "../support/rehearsal";

const SECRETS = ["SESSION_SECRET", "DATABASE_PASSWORD", "ENCRYPTION_KEY"];
/** Every move, in an order in which each is possible. */
const MOVES = ["stage", "activate", "retire", "stage", "withdraw", "stage", "activate", "rollback", "activate", "retire"]; // prettier-ignore
const KILLS = sample(50, 3);

describe(`a self-hosted system, with the engine, the operator or PostgreSQL killed at ${KILLS} random moments (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS * 4);
  const random = seeded(SEED);
  let up: SystemUp<MgmtVibeClouds>;
  let postgres: Postgres;

  before(async () => {
    up = await systemUp(mgmtVibeRehearsal);
    postgres = up.session.clouds.postgres;
  });
  after(async () => {
    await postgres?.stop();
    await up?.session.close();
  });

  for (let kill = 0; kill < KILLS; kill++) {
    const move = MOVES[kill % MOVES.length] ?? "stage";
    const victims = ["engine", "operator", "PostgreSQL"] as const;
    // In turn, so that a sample of three has each of them.
    const victim = victims[(kill + SEED) % victims.length] ?? "engine";
    const moment = Math.round(random() * LATEST_MS);

    it(`${move}, ${victim} killed ${moment} ms into the update: the next up converges`, async () => {
      const { session } = up;
      const moved = await runRekey(session, [move, ...SECRETS]);
      assert.equal(moved.code, 0, moved.err);
      await disturbed(victim, moment);
      const next = await runRekey(session, ["up", "--json"]);
      assert.equal(next.code, 0, next.err + next.out);
      await assertConverged(up, postgres);
    });
  }

  it("in the end, an update without a change plans nothing", async () => {
    const last = await runRekey(up.session, ["up", "--expect-no-changes"]);
    assert.equal(last.code, 0, last.err);
  });

  async function disturbed(victim: Victim | "PostgreSQL", moment: number): Promise<void> {
    const { session } = up;
    if (victim !== "PostgreSQL") return void (await killedUpdate(session, victim, moment));
    const { port, adminPassword } = postgres;
    const restart = async () => {
      await postgres.kill();
      const dir = join(session.project.root, "postgres");
      postgres = await startPostgres({ dir, port, adminPassword, log: true });
    };
    await disturbedUpdate(session, moment, restart);
  }
});

/** Who can log in to the database is what the record says is live, the application serves, and it accepts every live session secret. */
async function assertConverged(
  { session, stage }: SystemUp<MgmtVibeClouds>,
  postgres: Postgres,
): Promise<void> {
  const { records } = await openProject({ cwd: session.project.work, stack: STACK });
  const slots = (secret: string) => Object.keys(records.get(secret)?.slots ?? {}).sort();
  const { rows } = await asAdministrator(postgres, "postgres", (client) =>
    client.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname ~ '^mgmt_vibe_[a-h]$' AND rolcanlogin ORDER BY 1",
    ),
  );
  assert.deepEqual(
    rows.map(({ rolname }) => rolname),
    slots("DATABASE_PASSWORD").map((slot) => `mgmt_vibe_${slot}`),
  );
  const { machine } = stage.clouds;
  const env = await readEnvFile(machine.envFile);
  assert.equal(env["POSTGRES_USER"], `mgmt_vibe_${records.get("DATABASE_PASSWORD")?.active}`);
  const accepted = Object.keys(env).filter((name) => name.startsWith("SESSION_SECRET_ACCEPTED_"));
  assert.deepEqual(
    accepted.sort(),
    slots("SESSION_SECRET").map((slot) => `SESSION_SECRET_ACCEPTED_${slot.toUpperCase()}`),
  );
  // The application may still be finding its database again.
  await until("the application serves", () => serves(machine.url), 30_000);
  assert.equal(await tryCookie(`${machine.url}/api/me`, await cookieOf(machine.url)), "accepted");
}

async function serves(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  await answer.arrayBuffer();
  return answer.status === 200;
}
