import { z } from "zod";
import { SecretText } from "../../../components/secret-text";
import type { SqlUser } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { Gcp } from "./config";
import {
  defined,
  deleting,
  deletionPolicy,
  finding,
  isAbandoned,
  parseId,
  projectOf,
  text,
} from "./shared";

const token = "gcp:sql/user:User";

const inputs = z
  .strictObject({
    databaseRoles: z.array(z.string()).optional(),
    deletionPolicy,
    host: text,
    instance: z.string(),
    name: z.string(),
    password: text,
    passwordPolicy: z
      .strictObject({
        allowedFailedAttempts: z.number().int().optional(),
        enableFailedAttemptsCheck: z.boolean().optional(),
        enablePasswordVerification: z.boolean().optional(),
        passwordExpirationDuration: text,
      })
      .optional(),
    passwordWo: text,
    passwordWoVersion: z.number().int().optional(),
    project: text,
    type: text,
  })
  .refine((value) => value.password === undefined || value.passwordWo === undefined, {
    message: "password and passwordWo exclude each other",
  });

/**
 * A user of a Cloud SQL instance. Password and database roles change in place, whatever else replaces.
 * Google never tells a password, so a refresh keeps the one that the program set last.
 */
export const sqlUser: Resource<Gcp> = {
  token,
  inputs,
  defaults: { deletionPolicy: "DELETE" },
  autoName: "name",
  replaceOn: ["host", "instance", "name", "project", "type"],
  // One instance holds one user of a name, so the new one can only come after the old one is gone.
  deleteBeforeReplace: (old, wanted) =>
    old.name === wanted.name && old.instance === wanted.instance,
  serverFilled: ["host", "project"],
  writeOnly: ["deletionPolicy", "password", "passwordWo", "passwordWoVersion"],
  keyedLists: { databaseRoles: "" },
  // BUILT_IN is the default spelled out; a write-only password is compared by its version alone.
  normalize: (given) => ({
    ...given,
    type: given.type === "BUILT_IN" ? undefined : given.type,
    passwordWo: undefined,
  }),
  secretOutputs: ["password", "passwordWo"],
  computed: ["iamEmail", "sqlServerUserDetails"],
  planned: (given, context) => ({ host: "", project: projectOf(given, context) }),

  async create(given, context) {
    const project = projectOf(given, context);
    const { name, host = "", instance } = given as Record<string, string>;
    const { sql } = context.client.google;
    const at = { project, instance: instance as string };
    const password = given.password ?? given.passwordWo;
    await sql.insertUser(at, {
      name: name as string,
      host: host === "" ? undefined : host,
      password: SecretText.from(password as string | undefined),
      type: given.type as string | undefined,
      databaseRoles: given.databaseRoles as string[] | undefined,
      passwordPolicy: given.passwordPolicy as Properties | undefined,
    });
    const live = await sql.findUser(at, name as string, host);
    return { id: `${name}/${host}/${instance}`, outputs: outputs(live, project, host) };
  },

  async read(id, old, context) {
    const place = old
      ? { ...old.outputs }
      : { host: "", ...defined(parseImport(id, context.client.project)) };
    const { name, instance, host, project } = place as Record<string, string>;
    const { sql } = context.client.google;
    const at = { project: project as string, instance: instance as string };
    const live = await finding(() => sql.findUser(at, name as string, host));
    if (!live) return undefined;
    const found = defined({
      databaseRoles: live.databaseRoles ?? old?.inputs.databaseRoles,
      deletionPolicy: "DELETE",
      host: live.host,
      instance,
      name,
      passwordPolicy: isRecord(live.passwordPolicy) ? live.passwordPolicy : undefined,
      project,
      type: live.type === "BUILT_IN" ? undefined : live.type,
    });
    const outs = outputs(live, at.project, host ?? "");
    return { id: `${name}/${live.host ?? ""}/${instance}`, inputs: found, outputs: outs };
  },

  async update(_id, old, wanted, context) {
    const project = old.outputs.project as string;
    const { name, host = "", instance } = old.outputs as Record<string, string>;
    const { sql } = context.client.google;
    const at = { project, instance: instance as string };
    const changed = (field: string) =>
      JSON.stringify(old.inputs[field]) !== JSON.stringify(wanted[field]);
    const password = changed("password")
      ? wanted.password
      : changed("passwordWoVersion")
        ? wanted.passwordWo
        : undefined;
    const write = defined({
      password: SecretText.from(password as string | undefined),
      databaseRoles: changed("databaseRoles") ? (wanted.databaseRoles ?? []) : undefined,
      passwordPolicy: changed("passwordPolicy") ? wanted.passwordPolicy : undefined,
    });
    if (Object.keys(write).length > 0) {
      await sql.updateUser(at, {
        ...write,
        name: name as string,
        host: host === "" ? undefined : host,
      });
    }
    return outputs(await sql.findUser(at, name as string, host), project, host);
  },

  async delete(id, old, context) {
    if (isAbandoned(old.outputs, `user ${id}`)) return;
    const { name, host, instance, project } = old.outputs as Record<string, string>;
    const at = { project: project as string, instance: instance as string };
    const { sql } = context.client.google;
    await deleting(() => sql.deleteUser(at, name as string, host === "" ? undefined : host));
  },
};

function parseImport(id: string, project: string): Record<string, string> {
  return {
    project,
    ...parseId(id, token, [
      {
        pattern: /^(?<project>[^/]+)\/(?<instance>[^/]+)\/(?<name>[^/]+)$/,
        form: "<project>/<instance>/<name>",
      },
      {
        pattern: /^(?<project>[^/]+)\/(?<instance>[^/]+)\/(?<host>[^/]+)\/(?<name>[^/]+)$/,
        form: "<project>/<instance>/<host>/<name>",
      },
      { pattern: /^(?<name>[^/]+)\/\/(?<instance>[^/]+)$/, form: "<name>//<instance>" },
    ]),
  };
}

function outputs(live: SqlUser | undefined, project: string, host: string): Properties {
  return {
    host: live?.host ?? host,
    project,
    iamEmail: live?.iamEmail ?? "",
    sqlServerUserDetails: live?.sqlserverUserDetails ? [live.sqlserverUserDetails] : [],
  };
}
