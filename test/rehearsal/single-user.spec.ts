import assert from "node:assert/strict";
import type { CapanelClouds } from "../../rehearsal/systems/capanel/clouds";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { tryDatabase } from "../../rehearsal/systems/probes";
import { SystemRehearsal, held } from "../../rehearsal/systems/system";
import { ENGINE_MS, Rehearsed, runRekey, systemUp } from "../support/rehearsal";

const NAME = "CLOUD_SQL_PASSWORD";

const single: SystemRehearsal<CapanelClouds> = {
  ...capanelRehearsal,
  prepare: async (clouds, project) => {
    const settings = await capanelRehearsal.prepare(clouds, project);
    const capanel = { ...(settings["rekey:capanel"] as object), databaseUsers: "single" };
    return { ...settings, "rekey:capanel": capanel };
  },
};

const described = process.env["REKEY_MATRIX"] === "full" ? describe : describe.skip;

described("a rotation of a single database user, on the real engine", function () {
  this.timeout(ENGINE_MS);
  let capanel: Rehearsed;

  before(async () => {
    capanel = await systemUp(single);
  });
  after(() => capanel?.session.close());

  it("states its interruption, and the one user has the new password and refuses the old", async () => {
    const { session, stage } = capanel;
    const { postgres } = session.clouds;
    const login = { host: postgres.host, port: postgres.port, database: "capanel" };
    const old = held(await capanelRehearsal.hold(stage), NAME);
    const { code, out } = await runRekey(session, ["rotate", NAME, "--json"]);
    assert.equal(code, 0, out);
    assert.match(out, /log-ins with the old password fail/);
    const { observed } = await session.update("rotate");
    assert.ok(
      observed.steps.some(
        ({ operation, type }) => operation === "update" && /user:User$/.test(type),
      ),
      "the user was not updated in place",
    );
    const now = held(await capanelRehearsal.hold(stage), NAME);
    assert.equal(now.username, old.username);
    const user = String(now.username);
    assert.equal(await tryDatabase({ ...login, user, password: old.value }), "refused");
    assert.equal(await tryDatabase({ ...login, user, password: now.value }), "accepted");
  });
});
