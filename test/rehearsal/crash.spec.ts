import assert from "node:assert/strict";
import { Client } from "pg";
import { describe as inWords } from "../../components/rotation";
import { openProject } from "../../operator/project";
import { versionOf } from "../../operator/recovery/leftovers";
import { GOOGLE } from "../../rehearsal/systems/capanel/clouds";
import { STACK } from "../../rehearsal/project";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { ENTRIES } from "../../rehearsal/systems/capanel/parts";
import type { Traffic } from "../../rehearsal/traffic";
import { SEED, sample, seeded } from "../support/random";
import { LATEST_MS, killedUpdate } from "../support/kills";
import { ENGINE_MS, Rehearsed, capanelUp, runRekey } from "../support/rehearsal";

const SECRETS = ["CLOUD_SQL_PASSWORD", "SECRET_KEY", "FIRST_SUPERUSER_PASSWORD"];
const MOVES = ["stage", "activate", "retire"] as const;
const KILLS = sample(20, 3);

describe(`killed with SIGKILL at ${KILLS} random moments (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS * 3);
  const random = seeded(SEED);
  let capanel: Rehearsed;
  let traffic: Traffic;

  before(async () => {
    capanel = await capanelUp(1);
    traffic = await capanelRehearsal.traffic(capanel.stage, 10);
  });
  after(async () => {
    await traffic?.stop();
    await capanel?.session.close();
  });

  for (let kill = 0; kill < KILLS; kill++) {
    const move = MOVES[kill % MOVES.length] ?? "stage";
    const victim = random() < 0.7 ? "engine" : "operator";
    const moment = Math.round(random() * LATEST_MS);

    it(`${move}, the ${victim} killed ${moment} ms into the update: the next up converges`, async () => {
      if (move === "retire") await traffic.renew();
      const { session } = capanel;
      const moved = await runRekey(session, [move, ...SECRETS]);
      assert.equal(moved.code, 0, moved.err);
      await killedUpdate(session, victim, moment);
      const next = await runRekey(session, ["up", "--json"]);
      assert.equal(next.code, 0, next.err + next.out);
      await assertConverged(capanel);
      assert.deepEqual(traffic.report().failures, [], "a client was locked out");
    });
  }

  it("in the end, an update without a change plans nothing", async () => {
    const last = await runRekey(capanel.session, ["up", "--expect-no-changes"]);
    assert.equal(last.code, 0, last.err);
  });
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
