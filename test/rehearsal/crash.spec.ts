import assert from "node:assert/strict";
import { Client } from "pg";
import { z } from "zod";
import { describe as inWords } from "../../components/rotation";
import type { SecretText } from "../../components/secret-text";
import { openProject } from "../../operator/project";
import { versionOf } from "../../operator/recovery/leftovers";
import { GOOGLE } from "../../rehearsal/systems/capanel/clouds";
import { STACK } from "../../rehearsal/project";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { ADMIN, ENTRIES, LOGIN, ME, api } from "../../rehearsal/systems/capanel/parts";
import { DatabaseLogin, logIn, tryBearer, tryDatabase } from "../../rehearsal/systems/probes";
import type { Traffic } from "../../rehearsal/traffic";
import { SEED, sample, seeded } from "../support/random";
import { Disturbed, Durations, killed, undisturbed } from "../support/kills";
import { ENGINE_MS, Rehearsed, capanelUp, runRekey } from "../support/rehearsal";

const SECRETS = ["CLOUD_SQL_PASSWORD", "SECRET_KEY", "FIRST_SUPERUSER_PASSWORD"];
const MOVES = ["stage", "activate", "retire"] as const;
const KILLS = sample(20, 3);

describe(`killed with SIGKILL at ${KILLS} random moments (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS * 3);
  const random = seeded(SEED);
  const durations = new Durations(2_000);
  let capanel: Rehearsed;
  let traffic: Traffic;
  let at = 0;

  before(async () => {
    capanel = await capanelUp(1);
    traffic = await capanelRehearsal.traffic(capanel.stage, 10);
    for (let move = 0; move < sample(MOVES.length, 0); move++)
      await walk(() => undisturbed(capanel.session, ["up"]));
  });
  after(async () => {
    await traffic?.stop();
    await capanel?.session.close();
  });

  for (let kill = 0; kill < KILLS; kill++) {
    const victim = random() < 0.7 ? "engine" : "operator";
    const share = random();

    it(`the ${victim} killed at ${Math.round(share * 100)} % of an update: nobody is locked out, and the next up converges`, async () => {
      for (let part = share; ; part /= 2) {
        const struck = await walk(async (move) => {
          const used = await inUse(capanel);
          const struck = await killed(capanel.session, ["up"], victim, part * durations.of(move));
          await assertOpen(capanel, used);
          return struck;
        });
        // An update that was faster than the moment is none that was killed: the next move is tried, earlier.
        if (struck) return;
        assert.ok(part > 0.01, "no update was ever killed");
      }
    });
  }

  it("in the end, an update without a change plans nothing", async () => {
    const last = await runRekey(capanel.session, ["up", "--expect-no-changes"]);
    assert.equal(last.code, 0, last.err);
  });

  /** Makes the next move in turn, lets its update run, and sees that the one after converges. */
  async function walk(update: (move: string) => Promise<Disturbed>): Promise<boolean> {
    const move = MOVES[at++ % MOVES.length] ?? "stage";
    if (move === "retire") await traffic.renew();
    const { session } = capanel;
    const moved = await runRekey(session, [move, ...SECRETS]);
    assert.equal(moved.code, 0, moved.err);
    const done = await update(move);
    if (!done.struck) durations.saw(move, done);
    const next = await runRekey(session, ["up", "--json"]);
    assert.equal(next.code, 0, `${move}: ${next.err}${next.out}`);
    await assertConverged(capanel);
    assert.deepEqual(traffic.report().failures, [], "a client was locked out");
    return done.struck;
  }
});

/** What opens doors before an update: the database log-in of the revision that serves, and a session. */
interface InUse {
  readonly database: DatabaseLogin;
  readonly session: SecretText;
}

async function inUse({ stage }: Rehearsed): Promise<InUse> {
  const { google, postgres } = stage.clouds;
  const name = `projects/${GOOGLE.project}/locations/${GOOGLE.region}/services/capanel-api`;
  const service = served.parse(await google.client.run.get(name));
  const env = new Map(service.template.containers[0]?.env.map((entry) => [entry.name, entry]));
  const { secret, version } = env.get("POSTGRES_PASSWORD")?.valueSource?.secretKeyRef ?? {};
  const path = `projects/${GOOGLE.project}/secrets/${secret}/versions/${version}`;
  const { value: password } = await google.client.secretManager.accessVersion(path);
  const user = env.get("POSTGRES_USER")?.value ?? "";
  const { host, port } = postgres;
  const session = await administrator(stage);
  assert.ok(session, "the administrator is locked out");
  return { database: { host, port, database: "capanel", user, password }, session };
}

/** Between a kill and the next update: whoever was let in before still is. */
async function assertOpen({ stage }: Rehearsed, { database, session }: InUse): Promise<void> {
  assert.equal(await tryDatabase(database), "accepted", `${database.user} is locked out`);
  assert.equal(await tryBearer(`${api(stage)}${ME}`, session), "accepted", "a session ended");
  assert.ok(await administrator(stage), "the administrator is locked out");
}

/** Logs the administrator in with any of the passwords that the store has, which somebody who looks there would try. */
async function administrator(stage: Rehearsed["stage"]): Promise<SecretText | undefined> {
  const { secretManager } = stage.clouds.google.client;
  const entry = `projects/${GOOGLE.project}/secrets/${ENTRIES["FIRST_SUPERUSER_PASSWORD"]}`;
  for (const { name } of await secretManager.listVersions(entry, "state:ENABLED")) {
    const { value } = await secretManager.accessVersion(name);
    const session = await logIn(`${api(stage)}${LOGIN}`, ADMIN, value);
    if (session !== "refused") return session;
  }
  return undefined;
}

const served = z.object({
  template: z.object({
    containers: z.array(
      z.object({
        env: z.array(
          z.object({
            name: z.string(),
            value: z.string().optional(),
            valueSource: z
              .object({ secretKeyRef: z.object({ secret: z.string(), version: z.string() }) })
              .optional(),
          }),
        ),
      }),
    ),
  }),
});

/** What is enabled in the store and who can log in to the database is exactly what the records say is live. */
async function assertConverged({ session, stage }: Rehearsed): Promise<void> {
  const { records } = await openProject({ cwd: session.project.work, stack: STACK });
  for (const secret of SECRETS) {
    const record = records.get(secret);
    assert.ok(record);
    const name = `projects/${GOOGLE.project}/secrets/${ENTRIES[secret]}`;
    const enabled = await stage.clouds.google.client.secretManager.listVersions(
      name,
      "state:ENABLED",
    );
    const numbers = enabled.map((version) => versionOf(version.name).number);
    const live = Object.keys(record.slots).length;
    assert.equal(
      numbers.length,
      live,
      `${secret} (${inWords(record)}) has versions ${numbers.join()}`,
    );
  }
  const slots = Object.keys(records.get("CLOUD_SQL_PASSWORD")?.slots ?? {});
  assert.deepEqual(await databaseUsers(stage), slots.map((slot) => `capanel_${slot}`).sort());
}

async function databaseUsers({ clouds: { postgres } }: Rehearsed["stage"]): Promise<string[]> {
  const { host, port, adminUser: user, adminPassword: password } = postgres;
  const client = new Client({ host, port, user, password, database: "postgres" });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname ~ '^capanel_[a-h]$' ORDER BY 1",
    );
    return rows.map(({ rolname }) => rolname);
  } finally {
    await client.end();
  }
}
