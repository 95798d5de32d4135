import { escapeIdentifier, escapeLiteral } from "pg";
import { z } from "zod";
import { withMembership } from "../../../components/consumers/postgres-admin";
import type { Resource } from "../protocol/resource";
import type { Postgresql } from "./config";
import { readPassword, readRole } from "./role-read";
import { attributes, passwordOf, setMemberships, setSettings } from "./role-sql";
import { lockRole } from "./sql";

const text = z.string().optional();
const flag = z.boolean().optional();
const duration = z.number().int().min(0).optional();

const inputs = z
  .strictObject({
    assumeRole: text,
    bypassRowLevelSecurity: flag,
    connectionLimit: z.number().int().min(-1).optional(),
    createDatabase: flag,
    createRole: flag,
    encrypted: text,
    encryptedPassword: flag,
    idleInTransactionSessionTimeout: duration,
    inherit: flag,
    login: flag,
    name: z.string().min(1),
    password: text,
    passwordWo: text,
    passwordWoVersion: text,
    replication: flag,
    roles: z.array(z.string()).optional(),
    searchPaths: z
      .array(z.string().refine((path) => !path.includes(", "), 'must not contain ", "'))
      .optional(),
    skipDropRole: flag,
    skipReassignOwned: flag,
    statementTimeout: duration,
    superuser: flag,
    validUntil: text,
  })
  .refine((value) => value.password === undefined || value.passwordWo === undefined, {
    message: "password and passwordWo exclude each other",
  })
  .refine((value) => (value.passwordWo === undefined) === (value.passwordWoVersion === undefined), {
    message: "passwordWo and passwordWoVersion must be given together",
  });

/**
 * A role. Everything changes in place and in one transaction, the name too. A removal hands what the role owns in the provider's own database to
 * the connected user; what it has in other databases makes the removal fail, as it does with the official provider.
 */
export const role: Resource<Postgresql> = {
  token: "postgresql:index/role:Role",
  inputs,
  autoName: "name",
  defaults: {
    bypassRowLevelSecurity: false,
    connectionLimit: -1,
    createDatabase: false,
    createRole: false,
    encryptedPassword: true,
    inherit: true,
    login: false,
    replication: false,
    skipDropRole: false,
    skipReassignOwned: false,
    superuser: false,
    validUntil: "infinity",
  },
  // A write-only password is compared by its version alone.
  normalize: (given) => ({ ...given, passwordWo: undefined }),
  keyedLists: { roles: "" },
  writeOnly: ["passwordWo", "passwordWoVersion", "encrypted", "skipDropRole", "skipReassignOwned"],
  secretOutputs: ["password", "passwordWo"],
  computed: [],

  async create(given, { client: server }) {
    const name = given.name as string;
    const password = passwordOf(given);
    await server.transaction(async (client) => {
      const encrypted = given.encryptedPassword === false ? "UNENCRYPTED" : "ENCRYPTED";
      const words = [
        ...(password ? [`${encrypted} PASSWORD ${escapeLiteral(password)}`] : []),
        ...attributes(given),
      ];
      await client.query(`CREATE ROLE ${escapeIdentifier(name)} WITH ${words.join(" ")}`);
      await setMemberships(client, given);
      await setSettings(client, given);
    });
    return { id: name, outputs: {} };
  },

  // By its id, which a change of the name leaves as it was: the official provider then finds nothing either.
  read: (id, old, { client: server }) =>
    server.transaction(async (client) => {
      const found = await readRole(client, id);
      if (!found) return undefined;
      const written = old?.inputs.passwordWo !== undefined;
      const known = old?.inputs.password as string | undefined;
      const password = written ? undefined : await readPassword(client, server, found, known);
      return { id, inputs: password ? { ...found, password } : found, outputs: {} };
    }),

  async update(_id, { outputs: before, inputs: old }, wanted, { client: server }) {
    const [from, name] = [before.name as string, wanted.name as string];
    await server.transaction(async (client) => {
      await lockRole(client, from);
      const quoted = escapeIdentifier(name);
      if (from !== name)
        await client.query(`ALTER ROLE ${escapeIdentifier(from)} RENAME TO ${quoted}`);
      const changed = wanted.password !== old.password;
      const rewritten = wanted.passwordWoVersion !== old.passwordWoVersion;
      // A renamed role loses a password whose hash has the name in it.
      if (changed || rewritten || from !== name)
        await client.query(
          `ALTER ROLE ${quoted} PASSWORD ${escapeLiteral(passwordOf(wanted) ?? "")}`,
        );
      const words = attributes(wanted, old);
      if (words.length > 0) await client.query(`ALTER ROLE ${quoted} WITH ${words.join(" ")}`);
      await setMemberships(client, wanted);
      await setSettings(client, wanted, old);
    });
    return {};
  },

  async delete(_id, { outputs: { name: given, skipReassignOwned, skipDropRole } }, context) {
    const server = context.client;
    const name = given as string;
    const quoted = escapeIdentifier(name);
    await server.transaction(async (client) => {
      await lockRole(client, name);
      if (skipReassignOwned !== true)
        await withMembership(client, [name], async () => {
          await client.query(`REASSIGN OWNED BY ${quoted} TO ${escapeIdentifier(server.user)}`);
          await client.query(`DROP OWNED BY ${quoted}`);
        });
      if (skipDropRole !== true) await client.query(`DROP ROLE ${quoted}`);
    });
  },
};
