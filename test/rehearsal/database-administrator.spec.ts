import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SecretText } from "../../components/secret-text";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import type { Postgres } from "../../rehearsal/clouds/postgres";
import { mgmtVibeRehearsal } from "../../rehearsal/systems/mgmt-vibe";
import { asAdministrator } from "../../rehearsal/systems/self-hosted/database";
import { sample } from "../support/random";
import { ENGINE_MS, SystemUp, runRekey, systemUp } from "../support/rehearsal";

const PASSWORD = randomBytes(18).toString("base64url");

/** Does what the system's page tells the one who sets up the server, psql's own commands included, instead of what the rehearsal did. */
async function setUp(postgres: Postgres): Promise<void> {
  const page = readFileSync(join(__dirname, "../../docs/systems/mgmt-vibe.md"), "utf8");
  const [, block = ""] = /```sql\n([\s\S]*?)```/.exec(page) ?? [];
  const lines = [
    "DROP DATABASE mgmt_vibe",
    "DROP ROLE mgmt_vibe_owner",
    ...block.trim().split("\n"),
  ];
  let database = "postgres";
  for (const line of lines) {
    const [, command, argument = ""] = /^\\(c|password) (\w+)$/.exec(line) ?? [];
    const statement =
      command === undefined ? line : `ALTER ROLE ${argument} PASSWORD '${PASSWORD}'`;
    if (command === "c") database = argument;
    else await asAdministrator(postgres, database, (client) => client.query(statement));
  }
}

describe("a self-hosted database whose administrator is no superuser", function () {
  this.timeout(ENGINE_MS);
  let up: SystemUp<Parameters<typeof mgmtVibeRehearsal.hold>[0]["clouds"]> | undefined;
  after(() => up?.session.close());

  // The crash specs have a superuser; with both kinds the sample that runs with every test would be twice as long.
  if (sample(1, 0) === 1)
    it("comes up, rotates and retires with the rights that the system's page asks for", async () => {
      up = await systemUp({
        ...mgmtVibeRehearsal,
        prepare: async (clouds, project) => {
          const settings = await mgmtVibeRehearsal.prepare(clouds, project);
          await setUp(clouds.postgres);
          const place = settings["rekey:mgmt-vibe"] as { database: object };
          const credentials = settings["rekey:credentials"] as object;
          return {
            ...settings,
            "rekey:mgmt-vibe": { ...place, database: { ...place.database, adminUser: "rekey" } },
            "rekey:credentials": {
              ...credentials,
              "mgmt-vibe-database-admin": new SecretText(PASSWORD),
            },
          };
        },
      });
      const secrets = ["DATABASE_PASSWORD", "ENCRYPTION_KEY"];
      for (const move of ["rotate", "retire"]) {
        for (const args of [[move, ...secrets, "--reason", "test"], ["up"]]) {
          const { code, out, err } = await runRekey(up.session, args);
          assert.equal(code, 0, err + out);
        }
      }
      const env = await readEnvFile(up.stage.clouds.machine.envFile);
      assert.equal(env["POSTGRES_USER"], "mgmt_vibe_b");
      const { rows } = await asAdministrator(up.stage.clouds.postgres, "postgres", (client) =>
        client.query("SELECT rolname FROM pg_roles WHERE rolname ~ '^mgmt_vibe_[a-h]$'"),
      );
      assert.deepEqual(rows, [{ rolname: "mgmt_vibe_b" }]);
    });
});
