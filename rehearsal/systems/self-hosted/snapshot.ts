import { createHash } from "node:crypto";
import { readEnvFile } from "../../clouds/host/env-file";
import { stateParts } from "../../state-secrets";
import type { Stage } from "../system";
import type { Clouds } from "../../clouds";
import { asAdministrator } from "./database";
import type { Machine } from "./machine";

/** The env file, the roles of the database server and the stack's resources, part by part, as digests. */
export async function snapshot({
  clouds: { machine },
  project,
  engine,
}: Stage<Clouds & { readonly machine: Machine }>): Promise<ReadonlyMap<string, string>> {
  const env = Object.entries(await readEnvFile(machine.envFile));
  return new Map([
    ...env.map(([name, value]): [string, string] => [`variable ${name}`, digest(value)]),
    ...(await roles(machine)),
    ...(await stateParts(project, engine)),
  ]);
}

/** Who may log in, until when and with what, and whose rights they have. */
async function roles({ postgres }: Machine): Promise<[string, string][]> {
  const { rows } = await asAdministrator(postgres, "postgres", (client) =>
    client.query<{ name: string }>(
      `SELECT r.rolname AS name, r.rolcanlogin, r.rolvaliduntil, r.rolconfig, a.rolpassword,
         array(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
           WHERE m.member = r.oid ORDER BY 1) AS member_of
       FROM pg_roles r JOIN pg_authid a ON a.oid = r.oid WHERE r.rolname !~ '^pg_' ORDER BY 1`,
    ),
  );
  return rows.map((row) => [`role ${row.name}`, digest(JSON.stringify(row))]);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
