import { escapeIdentifier, type Client } from "pg";
import { z } from "zod";
import { withMembership } from "../../../components/consumers/postgres-admin";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Postgresql } from "./config";
import { samePrivileges, unknownPrivilege } from "./privileges";
import { databaseExists, lockRole, roleId, schemaExists } from "./sql";

/** PostgreSQL's letter for each type of object. */
const LETTERS = { table: "r", sequence: "S", function: "f", routine: "f", type: "T", schema: "n" };
type ObjectType = keyof typeof LETTERS;

const text = z.string().min(1);
const inputs = z
  .strictObject({
    database: text,
    objectType: z.enum(Object.keys(LETTERS) as [ObjectType, ...ObjectType[]]),
    owner: text,
    privileges: z.array(z.string()),
    role: text,
    schema: text.optional(),
    withGrantOption: z.boolean().optional(),
  })
  .refine((value) => value.schema === undefined || value.objectType !== "schema", {
    message: "schema must not be given when objectType is schema",
  })
  .refine((value) => value.withGrantOption !== true || value.role !== "public", {
    message: "withGrantOption cannot be true for the role public",
  })
  .superRefine(({ objectType, privileges }, context) => {
    const message = unknownPrivilege(objectType, privileges);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** What `role` gets on whatever `owner` will make. A change of the privileges happens in place, every other one replaces. */
export const defaultPrivileges: Resource<Postgresql> = {
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  inputs,
  defaults: { withGrantOption: false },
  replaceOn: ["database", "objectType", "owner", "role", "schema", "withGrantOption"],
  keyedLists: { privileges: "" },
  computed: [],

  async create(given, { client }) {
    await set(client, given, given.privileges as string[]);
    const { role, database, schema = "noschema", owner, objectType } = given;
    return { id: [role, database, schema, owner, objectType].join("_"), outputs: {} };
  },
  async update(_id, _old, wanted, { client }) {
    await set(client, wanted, wanted.privileges as string[]);
    return {};
  },
  read: async (id, old, { client: server }) => {
    if (!old)
      throw new Error("postgresql:index/defaultPrivileges:DefaultPrivileges cannot be imported");
    const { database, schema } = old.outputs as { database: string; schema?: string };
    if (!(await server.transaction((client) => databaseExists(client, database)))) return undefined;
    return server.transaction(async (client) => {
      const role = await roleId(client, old.outputs.role as string);
      const there = schema === undefined || (await schemaExists(client, schema));
      if (role === undefined || !there) return undefined;
      const granted = await read(client, old.outputs, role);
      const wanted = old.inputs.privileges as string[];
      if (granted.length === 0 && wanted.length > 0) return undefined;
      const same = samePrivileges(old.outputs.objectType as string, granted, wanted);
      return {
        id,
        inputs: { ...old.inputs, privileges: same ? wanted : granted },
        outputs: {},
      };
    }, database);
  },
  delete: (_id, old, { client }) => set(client, old.outputs, []),
};

async function set(
  server: Postgresql,
  given: Properties,
  privileges: readonly string[],
): Promise<void> {
  const { database, objectType, owner, role, schema } = given as Record<string, string>;
  const place = schema === undefined ? "" : ` IN SCHEMA ${escapeIdentifier(schema)}`;
  const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(owner as string)}${place}`;
  const objects = `${String(objectType).toUpperCase()}S`;
  const who = role === "public" ? "PUBLIC" : escapeIdentifier(role as string);
  const option = given.withGrantOption === true ? " WITH GRANT OPTION" : "";
  await server.transaction(async (client) => {
    await lockRole(client, owner as string);
    await withMembership(client, [owner as string], async () => {
      await client.query(`${alter} REVOKE ALL ON ${objects} FROM ${who}`);
      if (privileges.length > 0)
        await client.query(
          `${alter} GRANT ${privileges.join(", ")} ON ${objects} TO ${who}${option}`,
        );
    });
  }, database);
}

async function read(client: Client, given: Properties, role: number): Promise<string[]> {
  const { rows } = await client.query<{ privilege: string }>(
    `SELECT DISTINCT privilege_type AS privilege
     FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
     WHERE d.defaclobjtype = $1 AND pg_get_userbyid(d.defaclrole) = $2 AND a.grantee = $3
       AND n.nspname IS NOT DISTINCT FROM $4`,
    [LETTERS[given.objectType as ObjectType], given.owner, role, given.schema ?? null],
  );
  return rows.map(({ privilege }) => privilege);
}
