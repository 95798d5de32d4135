import assert from "node:assert/strict";
import { join } from "node:path";
import { openProject } from "../../operator/project";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import type { Clouds } from "../../rehearsal/clouds";
import { Postgres, startPostgres } from "../../rehearsal/clouds/postgres";
import { until } from "../../rehearsal/processes";
import { STACK } from "../../rehearsal/project";
import { mgmtVibeRehearsal } from "../../rehearsal/systems/mgmt-vibe";
import { proxpanelRehearsal } from "../../rehearsal/systems/proxpanel";
import { asAdministrator } from "../../rehearsal/systems/self-hosted/database";
import type { Machine } from "../../rehearsal/systems/self-hosted/machine";
import { Holdings, SystemRehearsal, held } from "../../rehearsal/systems/system";
import { Disturbed, Durations, Victim, disturbed, killed, undisturbed } from "../support/kills";
import { SEED, sample, seeded } from "../support/random";
import { ENGINE_MS, SystemUp, runRekey, systemUp } from "../support/rehearsal";

/** Every move, in an order in which each is possible and the last leads to the first. */
const MOVES = ["stage", "withdraw", "stage", "activate", "rollback", "activate", "retire", "emergency"] as const; // prettier-ignore
/** Where in that order nothing is staged and nothing in grace. */
const AT_REST = [0, 2, 7];
const RESTARTS_WITHIN_MS = 60_000;
/** Of the engine or the operator, and as many of PostgreSQL. */
const KILLS = sample(50, 3);

interface OnMachine extends Clouds {
  readonly machine: Machine;
}

/** What is killed: secrets of three kinds, and the one whose users log in to the database. */
interface Subject<C extends OnMachine> {
  readonly system: SystemRehearsal<C>;
  readonly database: string;
  readonly password: string;
  readonly secrets: readonly string[];
}

const SYSTEMS = [
  () =>
    suite({
      system: mgmtVibeRehearsal,
      database: "mgmt_vibe",
      password: "DATABASE_PASSWORD",
      secrets: ["SESSION_SECRET", "ENCRYPTION_KEY"],
    }),
  () =>
    suite({
      system: proxpanelRehearsal,
      database: "proxpanel",
      password: "POSTGRES_PASSWORD",
      secrets: ["JWT_SECRET", "ADMIN_PASSWORD"],
    }),
];

// The first of them, both under `npm run matrix`.
SYSTEMS.slice(0, sample(SYSTEMS.length, 1)).forEach((declare) => declare());

function suite<C extends OnMachine>({ system, database, password, secrets }: Subject<C>): void {
  describe(`${system.name}, with the engine, the operator or PostgreSQL killed at random moments (seed ${SEED})`, function () {
    this.timeout(ENGINE_MS * 4);
    const random = seeded(SEED);
    const durations = new Durations(2_000);
    const names = [password, ...secrets];
    let up: SystemUp<C>;
    let postgres: Postgres;
    let at = Math.floor(random() * MOVES.length);

    before(async () => {
      up = await systemUp(system);
      postgres = up.session.clouds.postgres;
      const first = at;
      const rest = AT_REST.filter((place) => place <= first).at(-1) ?? 0;
      // The moves that lead to the first one; the matrix sees each once, to know how long it takes.
      const whole = sample(MOVES.length, 0);
      for (at = rest; at < first + whole;) await walk((args) => undisturbed(up.session, args));
    });
    after(async () => {
      await postgres?.stop();
      await up?.session.close();
    });

    for (const victim of victims()) {
      const share = random();

      it(`${victim} killed at ${Math.round(share * 100)} % of an update: nobody is locked out, and the next up converges`, async () => {
        for (let part = share; ; part /= 2) {
          const struck = await walk((args, move, before) =>
            kill(victim, args, part * durations.of(move), () => assertOpen(move, before)),
          );
          // An update that was faster than the moment is none that was killed: the next move is tried, earlier.
          if (struck) return;
          assert.ok(part > 0.01, "no update was ever struck");
        }
      });
    }

    it("in the end, an update without a change plans nothing", async () => {
      const last = await runRekey(up.session, ["up", "--expect-no-changes"]);
      assert.equal(last.code, 0, last.err);
    });

    /** Makes the next move in turn, lets its update run, and sees that the one after converges. */
    async function walk(
      update: (args: readonly string[], move: Move, before: Holdings) => Promise<Disturbed>,
    ): Promise<boolean> {
      const { session, stage } = up;
      const move = MOVES[at % MOVES.length] ?? "stage";
      const emergency = ["emergency", ...names, "--yes", "--reason", `exposed, the ${at}th time`];
      at += 1;
      const before = await system.hold(stage);
      if (move !== "emergency") {
        const moved = await runRekey(session, [move, ...names]);
        assert.equal(moved.code, 0, moved.err);
      }
      const done = await update(move === "emergency" ? emergency : ["up"], move, before);
      if (!done.struck) durations.saw(move, done);
      const next = await runRekey(session, ["up", "--json"]);
      assert.equal(next.code, 0, `${move}: ${next.err}${next.out}`);
      await assertConverged();
      if (move !== "emergency") return done.struck;
      // Broken off at any point, the same command goes on.
      const through = await runRekey(session, emergency);
      assert.equal(through.code, 0, through.err);
      await assertConverged();
      return done.struck;
    }

    async function kill(
      victim: Victim | "PostgreSQL",
      args: readonly string[],
      moment: number,
      between: () => Promise<void>,
    ): Promise<Disturbed> {
      const { session } = up;
      if (victim === "PostgreSQL") return disturbed(session, args, moment, restartPostgres);
      const done = await killed(session, args, victim, moment);
      await between();
      return done;
    }

    async function restartPostgres(): Promise<boolean> {
      const { port, adminPassword } = postgres;
      await postgres.kill();
      const dir = join(up.session.project.root, "postgres");
      // As a service manager would: backends of the killed server may hold its memory, or a client its port, for a moment.
      await until(
        "PostgreSQL is up again",
        async () => {
          postgres = await startPostgres({ dir, port, adminPassword, log: true });
          return true;
        },
        RESTARTS_WITHIN_MS,
      );
      return true;
    }

    /** Between a kill and the next update: the application answers, and the database lets in who was in use or who is now. */
    async function assertOpen(move: Move, before: Holdings): Promise<void> {
      await assertServes();
      const opens = (holdings: Holdings) =>
        system.trials[password]?.attempt(up.stage, held(holdings, password));
      // An emergency may have retired it by now, and then everybody has another.
      if (move === "emergency" && (await opens(before)) === "refused")
        assert.equal(
          await opens(await system.hold(up.stage)),
          "accepted",
          "the user is locked out",
        );
      else assert.equal(await opens(before), "accepted", "the user in use is locked out");
    }

    /** Who can log in to the database is what the record says is live, the application serves, and takes what its env file holds. */
    async function assertConverged(): Promise<void> {
      const { records } = await openProject({ cwd: up.session.project.work, stack: STACK });
      const slots = (secret: string) => Object.keys(records.get(secret)?.slots ?? { a: 1 }).sort();
      const { rows } = await asAdministrator(postgres, "postgres", (client) =>
        client.query<{ rolname: string }>(
          "SELECT rolname FROM pg_roles WHERE rolname ~ $1 AND rolcanlogin ORDER BY 1",
          [`^${database}_[a-h]$`],
        ),
      );
      assert.deepEqual(
        rows.map(({ rolname }) => rolname),
        slots(password).map((slot) => `${database}_${slot}`),
      );
      const env = await readEnvFile(up.stage.clouds.machine.envFile);
      assert.equal(env["POSTGRES_USER"], `${database}_${records.get(password)?.active ?? "a"}`);
      const [many = ""] = secrets;
      const accepted = Object.keys(env).filter((name) => name.startsWith(`${many}_ACCEPTED_`));
      assert.deepEqual(
        accepted.sort(),
        slots(many).map((slot) => `${many}_ACCEPTED_${slot.toUpperCase()}`),
      );
      await assertServes();
      const now = await system.hold(up.stage);
      for (const name of names) {
        const answer = await system.trials[name]?.attempt(up.stage, held(now, name));
        if (typeof answer === "string") assert.equal(answer, "accepted", name);
      }
    }

    /** The application may still be finding its database again. */
    function assertServes(): Promise<void> {
      const { url } = up.stage.clouds.machine;
      return until("the application serves", () => serves(url), 30_000);
    }
  });
}

type Move = (typeof MOVES)[number];

/** In turn, so that a sample of three has each of them; the matrix has as many of PostgreSQL as of the other two together. */
function victims(): (Victim | "PostgreSQL")[] {
  const turn = ["engine", "PostgreSQL", "operator", "PostgreSQL"] as const;
  const all = Array.from({ length: sample(KILLS * 2, KILLS) }, (_, kill) => kill);
  return all.map((kill) => turn[kill % turn.length] ?? "engine");
}

async function serves(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  await answer.arrayBuffer();
  return answer.status === 200;
}
