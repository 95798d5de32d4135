import { escapeIdentifier } from "pg";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Postgresql } from "./config";
import { lockRole } from "./sql";

/** One membership: `role` becomes a member of `grantRole`. Every change replaces it. */
export const grantRole: Resource<Postgresql> = {
  token: "postgresql:index/grantRole:GrantRole",
  inputs: z.strictObject({
    grantRole: z.string().min(1),
    role: z.string().min(1),
    withAdminOption: z.boolean().optional(),
  }),
  defaults: { withAdminOption: false },
  replaceOn: ["grantRole", "role", "withAdminOption"],
  deleteBeforeReplace: (old, wanted) =>
    old.role === wanted.role && old.grantRole === wanted.grantRole,
  computed: [],

  async create(given, { client: server }) {
    const { member, group } = partiesOf(given);
    const admin = given.withAdminOption === true;
    await server.transaction(async (client) => {
      await lockRole(client, given.role as string);
      await client.query(`REVOKE ${group} FROM ${member}`);
      await client.query(`GRANT ${group} TO ${member}${admin ? " WITH ADMIN OPTION" : ""}`);
    });
    return { id: [given.role, given.grantRole, admin].map(String).join("_"), outputs: {} };
  },

  read: (id, old, { client: server }) => {
    if (!old) throw new Error("postgresql:index/grantRole:GrantRole cannot be imported");
    return server.transaction(async (client) => {
      const { rows } = await client.query<{ withAdminOption: boolean }>(
        `SELECT bool_or(admin_option) AS "withAdminOption" FROM pg_auth_members
         WHERE pg_get_userbyid(member) = $1 AND pg_get_userbyid(roleid) = $2 GROUP BY roleid, member`,
        [old.outputs.role, old.outputs.grantRole],
      );
      if (!rows[0]) return undefined;
      const { role, grantRole: group } = old.outputs;
      return { id, inputs: { role, grantRole: group, ...rows[0] }, outputs: {} };
    });
  },

  async delete(_id, old, { client: server }) {
    const { member, group } = partiesOf(old.outputs);
    await server.transaction(async (client) => {
      await lockRole(client, old.outputs.role as string);
      await client.query(`REVOKE ${group} FROM ${member}`);
    });
  },
};

function partiesOf({ role, grantRole: group }: Properties) {
  return {
    member: escapeIdentifier(role as string),
    group: escapeIdentifier(group as string),
  };
}
