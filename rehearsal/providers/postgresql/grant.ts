import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Postgresql } from "./config";
import { grantInputs, grantStatements, grantedOn } from "./grant-sql";
import { PRIVILEGES, samePrivileges, unknownPrivilege } from "./privileges";
import { asOwners, databaseExists, lockDatabase, lockRole, roleId, schemaExists } from "./sql";

/** Types that lie in no schema. */
const OUTSIDE = ["database", "foreign_data_wrapper", "foreign_server"];
const TYPES = Object.keys(PRIVILEGES).filter((type) => type !== "type");

const text = z.string().min(1);
const list = z.array(z.string()).optional();

const inputs = z
  .strictObject({
    columns: list,
    database: text,
    objectType: z.enum(TYPES as [string, ...string[]]),
    objects: list,
    privileges: z.array(z.string()),
    role: text,
    schema: text.optional(),
    withGrantOption: z.boolean().optional(),
  })
  .superRefine((value, context) => {
    for (const message of problems(value)) context.addIssue({ code: "custom", message });
  });

function problems(given: Properties): string[] {
  const { objectType: type, schema, objects, columns, privileges } = grantInputs(given);
  const rules: [boolean, string][] = [
    [!OUTSIDE.includes(type) && schema === undefined, `schema is mandatory for ${type}`],
    [
      ["database", "schema"].includes(type) && objects.length > 0,
      `objects must not be given for ${type}`,
    ],
    [type !== "column" && columns.length > 0, "columns are for the object type column only"],
    [
      type === "column" &&
        (columns.length === 0 || objects.length !== 1 || privileges.length !== 1),
      "a grant on columns takes columns, exactly one table in objects and exactly one privilege",
    ],
    [
      type.startsWith("foreign") && objects.length !== 1,
      `exactly one name must be given in objects for ${type}`,
    ],
  ];
  const wrong = unknownPrivilege(type, privileges);
  return [
    ...rules.filter(([broken]) => broken).map(([, message]) => message),
    ...(wrong === undefined ? [] : [wrong]),
  ];
}

/**
 * The privileges of a role on what exists now: all objects of a type in a schema, or those named. Privileges change in place, every other
 * change replaces. Objects that come later are not covered, and a refresh then reports the grant as changed.
 */
export const grant: Resource<Postgresql> = {
  token: "postgresql:index/grant:Grant",
  inputs,
  defaults: { withGrantOption: false },
  replaceOn: ["columns", "database", "objectType", "objects", "role", "schema", "withGrantOption"],
  keyedLists: { privileges: "", objects: "", columns: "" },
  computed: [],

  async create(given, { client }) {
    await apply(client, given);
    const { role, database, schema, objectType, objects, columns } = grantInputs(given);
    const place = OUTSIDE.includes(objectType) ? [] : [schema];
    return {
      id: [role, database, ...place, objectType, ...objects, ...columns].join("_"),
      outputs: {},
    };
  },
  async update(_id, _old, wanted, { client }) {
    await apply(client, wanted);
    return {};
  },
  read: async (id, old, { client: server }) => {
    if (!old) throw new Error("postgresql:index/grant:Grant cannot be imported");
    const known = grantInputs(old.outputs);
    const { database, schema, objectType, privileges: wanted } = known;
    if (!(await server.transaction((client) => databaseExists(client, database)))) return undefined;
    return server.transaction(async (client) => {
      const role = await roleId(client, known.role);
      const there = OUTSIDE.includes(objectType) || (await schemaExists(client, schema as string));
      if (role === undefined || !there) return undefined;
      const all = await grantedOn(client, known, role);
      const other = all.find((granted) => !samePrivileges(objectType, granted, wanted));
      return { id, inputs: { ...old.inputs, privileges: other ?? wanted }, outputs: {} };
    }, database);
  },
  delete: (_id, old, { client }) => apply(client, old.outputs, true),
};

async function apply(server: Postgresql, inputs: Properties, revokeOnly = false): Promise<void> {
  const given = grantInputs(inputs);
  await server.transaction(async (client) => {
    await lockRole(client, given.role);
    if (given.objectType === "database") await lockDatabase(client, given.database);
    await asOwners(client, given.schema ?? "", async () => {
      for (const statement of grantStatements(given, revokeOnly)) await client.query(statement);
    });
  }, given.database);
}
