import { z } from "zod";
import { defined, parseId, text } from "../gcp/shared";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { VaultAccess } from "./config";

const count = z.number().int().nonnegative().optional();
const list = z.array(z.string()).optional();

/** What every kind of role says of the tokens that it gives. */
const tokenFields = {
  tokenBoundCidrs: list,
  tokenExplicitMaxTtl: count,
  tokenMaxTtl: count,
  tokenNoDefaultPolicy: z.boolean().optional(),
  tokenNumUses: count,
  tokenPeriod: count,
  tokenPolicies: list,
  tokenTtl: count,
  tokenType: text,
};

/** What tells one kind of role from another. */
interface RoleKind {
  token: string;
  /** The path of its log-in method unless the program says another. */
  backend: string;
  /** Its fields beside those of tokens, by input name. */
  fields: z.ZodRawShape;
  /** Lists among them in which order means nothing. */
  sets: readonly string[];
  replaceOn?: readonly string[];
  serverFilled?: readonly string[];
  /** True where the server gives the role an id to log in by. */
  hasRoleId?: boolean;
}

/** A role of a log-in method: who may log in, and what the tokens may do and how long they live. */
function role(kind: RoleKind): Resource<VaultAccess> {
  const fields: z.ZodRawShape = { ...kind.fields, ...tokenFields };
  const sets = [...kind.sets, "tokenBoundCidrs", "tokenPolicies"];
  const path = (given: Properties) =>
    `auth/${String(given.backend)}/role/${String(given.roleName)}`;

  return {
    token: kind.token,
    inputs: z.strictObject({
      ...fields,
      backend: text,
      roleName: z.string(),
      ...(kind.hasRoleId === true ? { roleId: text } : {}),
    }),
    defaults: { backend: kind.backend },
    replaceOn: ["backend", "roleName", ...(kind.replaceOn ?? [])],
    deleteBeforeReplace: (old, wanted) => path(old) === path(wanted),
    serverFilled: ["roleId", "tokenType", ...(kind.serverFilled ?? [])],
    keyedLists: Object.fromEntries(sets.map((set) => [set, "name"])),
    computed: kind.hasRoleId === true ? ["roleId"] : [],

    async create(given, context) {
      return { id: path(given), outputs: await write(path(given), given, context) };
    },

    async read(id, _old, context) {
      const at = parseId(id, kind.token, [
        {
          pattern: /^auth\/(?<backend>.+)\/role\/(?<roleName>[^/]+)$/,
          form: "auth/<backend>/role/<role>",
        },
      ]);
      const client = await context.client.client();
      const live = await client.read(id);
      if (!live) return undefined;
      const outputs = kind.hasRoleId === true ? await roleId(id, context) : {};
      const told = Object.keys(fields).map((field) => [field, meant(live[snake(field)])]);
      const found = Object.fromEntries(told) as Properties;
      return { id, inputs: defined({ ...found, ...at }), outputs };
    },

    update: (id, _old, wanted, context) => write(id, wanted, context),

    async delete(id, _old, context) {
      await (await context.client.client()).delete(id);
    },
  };

  async function write(
    at: string,
    given: Properties,
    context: { client: VaultAccess },
  ): Promise<Properties> {
    const client = await context.client.client();
    const body = Object.keys(fields)
      .filter((field) => given[field] !== undefined || !(kind.serverFilled ?? []).includes(field))
      // What is absent is sent as nothing, so that what was taken out of the program goes.
      .map((field) => [snake(field), given[field] ?? nothing(fields[field])]);
    await client.write(at, defined(Object.fromEntries(body) as Properties));
    if (kind.hasRoleId !== true) return {};
    if (given.roleId !== undefined) await client.write(`${at}/role-id`, { role_id: given.roleId });
    return roleId(at, context);
  }
}

async function roleId(path: string, context: { client: VaultAccess }): Promise<Properties> {
  const found = await (await context.client.client()).read(`${path}/role-id`);
  return { roleId: String(found?.role_id) };
}

function nothing(field: unknown): unknown {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  if (inner instanceof z.ZodArray) return [];
  if (inner instanceof z.ZodNumber) return 0;
  return inner instanceof z.ZodBoolean ? false : undefined;
}

function meant(value: unknown): unknown {
  return value === null ? undefined : value;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A role of AppRole: a service logs in with the role's id and a secret id that it was handed. */
export const appRole = role({
  token: "vault:appRole/authBackendRole:AuthBackendRole",
  backend: "approle",
  fields: {
    bindSecretId: z.boolean().optional(),
    localSecretIds: z.boolean().optional(),
    secretIdBoundCidrs: list,
    secretIdNumUses: count,
    secretIdTtl: count,
  },
  sets: ["secretIdBoundCidrs"],
  replaceOn: ["localSecretIds"],
  serverFilled: ["bindSecretId", "localSecretIds"],
  hasRoleId: true,
});

/** A role of the Kubernetes log-in: a pod logs in with the token of its service account. */
export const kubernetesRole = role({
  token: "vault:kubernetes/authBackendRole:AuthBackendRole",
  backend: "kubernetes",
  fields: {
    aliasNameSource: text,
    audience: text,
    boundServiceAccountNames: z.array(z.string()).min(1),
    boundServiceAccountNamespaces: list,
  },
  sets: ["boundServiceAccountNames", "boundServiceAccountNamespaces"],
  serverFilled: ["aliasNameSource"],
});
