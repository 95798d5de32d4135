import { z } from "zod";
import { defined, text } from "../gcp/shared";
import type { Resource } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { VaultAccess, VaultContext } from "./config";

/** A policy: which paths may be read or written by the tokens that carry it. */
export const policy: Resource<VaultAccess> = {
  token: "vault:index/policy:Policy",
  inputs: z.strictObject({ name: z.string(), policy: z.string() }),
  autoName: "name",
  replaceOn: ["name"],
  computed: [],
  async create(given, context) {
    const id = String(given.name);
    await (await context.client.client()).write(`sys/policies/acl/${id}`, { policy: given.policy });
    return { id, outputs: {} };
  },
  async read(id, _old, context) {
    const live = await (await context.client.client()).read(`sys/policies/acl/${id}`);
    return live && { id, inputs: { name: id, policy: live.policy }, outputs: {} };
  },
  async update(id, _old, wanted, context) {
    const client = await context.client.client();
    await client.write(`sys/policies/acl/${id}`, { policy: wanted.policy });
    return {};
  },
  async delete(id, _old, context) {
    await (await context.client.client()).delete(`sys/policies/acl/${id}`);
  },
};

const ttl = z.number().int().nonnegative().optional();

/** An engine that keeps secrets. Deleting it deletes every secret in it. */
export const mount: Resource<VaultAccess> = {
  token: "vault:index/mount:Mount",
  inputs: z.strictObject({
    defaultLeaseTtlSeconds: ttl,
    description: text,
    maxLeaseTtlSeconds: ttl,
    options: z.record(z.string(), z.string()).optional(),
    path: z.string(),
    type: z.string(),
  }),
  // The official provider moves an engine whose path changes; here nothing needs that.
  replaceOn: ["path", "type"],
  serverFilled: ["defaultLeaseTtlSeconds", "maxLeaseTtlSeconds"],
  computed: ["accessor"],
  async create(given, context) {
    const id = String(given.path);
    const client = await context.client.client();
    await client.write(`sys/mounts/${id}`, {
      type: given.type,
      description: given.description,
      options: given.options,
      config: leases(given),
    });
    return { id, outputs: { accessor: (await entry("sys/mounts", id, context))?.accessor } };
  },
  async read(id, _old, context) {
    const live = await entry("sys/mounts", id, context);
    if (!live) return undefined;
    const { type, description, options, accessor } = live;
    const found = { path: id, type, description, options: options ?? undefined };
    return { id, inputs: defined(found), outputs: { accessor } };
  },
  async update(id, _old, wanted, context) {
    const client = await context.client.client();
    await client.write(`sys/mounts/${id}/tune`, {
      description: wanted.description ?? "",
      options: wanted.options,
      ...leases(wanted),
    });
    return {};
  },
  async delete(id, _old, context) {
    await (await context.client.client()).delete(`sys/mounts/${id}`);
  },
};

/** A log-in method. Deleting it ends every token that it gave. */
export const authBackend: Resource<VaultAccess> = {
  token: "vault:index/authBackend:AuthBackend",
  inputs: z.strictObject({ description: text, path: text, type: z.string() }),
  replaceOn: ["path", "type"],
  serverFilled: ["path"],
  computed: ["accessor", "path"],
  async create(given, context) {
    const id = String(given.path ?? given.type);
    const client = await context.client.client();
    await client.write(`sys/auth/${id}`, { type: given.type, description: given.description });
    const accessor = (await entry("sys/auth", id, context))?.accessor;
    return { id, outputs: { path: id, accessor } };
  },
  async read(id, _old, context) {
    const live = await entry("sys/auth", id, context);
    if (!live) return undefined;
    const { type, description, accessor } = live;
    return {
      id,
      inputs: defined({ path: id, type, description }),
      outputs: { path: id, accessor },
    };
  },
  async update(id, _old, wanted, context) {
    const client = await context.client.client();
    await client.write(`sys/auth/${id}/tune`, { description: wanted.description ?? "" });
    return {};
  },
  async delete(id, _old, context) {
    await (await context.client.client()).delete(`sys/auth/${id}`);
  },
};

function leases(given: Properties): Properties {
  const seconds = (value: unknown) =>
    typeof value === "number" ? `${value.toString()}s` : undefined;
  return defined({
    default_lease_ttl: seconds(given.defaultLeaseTtlSeconds),
    max_lease_ttl: seconds(given.maxLeaseTtlSeconds),
  });
}

async function entry(
  table: string,
  path: string,
  context: VaultContext,
): Promise<Properties | undefined> {
  const all = await (await context.client.client()).read(table);
  const found = all?.[`${path}/`];
  return isRecord(found) ? found : undefined;
}
