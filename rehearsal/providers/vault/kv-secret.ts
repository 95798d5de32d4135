import { z } from "zod";
import { VaultError, type VaultClient, type VaultData } from "../../../operator/vault";
import { defined, parseId } from "../gcp/shared";
import type { Resource } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { VaultAccess } from "./config";

const token = "vault:kv/secretV2:SecretV2";

const inputs = z
  .strictObject({
    cas: z.number().int().optional(),
    customMetadata: z
      .strictObject({
        casRequired: z.boolean().optional(),
        data: z.record(z.string(), z.string()).optional(),
        deleteVersionAfter: z.number().int().optional(),
        maxVersions: z.number().int().optional(),
      })
      .optional(),
    dataJson: z.string().refine(isJsonObject, { message: "must be a JSON object" }).optional(),
    dataJsonWo: z.string().refine(isJsonObject, { message: "must be a JSON object" }).optional(),
    dataJsonWoVersion: z.number().int().optional(),
    deleteAllVersions: z.boolean().optional(),
    disableRead: z.boolean().optional(),
    mount: z.string(),
    name: z.string(),
    options: z.record(z.string(), z.string()).optional(),
  })
  .refine((given) => (given.dataJson === undefined) !== (given.dataJsonWo === undefined), {
    message: "exactly one of dataJson and dataJsonWo must be given",
  });

/**
 * A secret of a KV v2 engine. As with the official provider, every change writes one version, one of the metadata alone too; the value is
 * never compared with the server's, so that a write from elsewhere shows in `metadata.version` only.
 */
export const kvSecret: Resource<VaultAccess> = {
  token,
  inputs,
  defaults: { deleteAllVersions: false, disableRead: false },
  autoName: "name",
  replaceOn: ["mount", "name"],
  serverFilled: ["customMetadata"],
  writeOnly: ["cas", "dataJson", "dataJsonWo", "dataJsonWoVersion", "deleteAllVersions"].concat(
    "disableRead",
    "options",
  ),
  // A write-only value is compared by its version number alone, and JSON by what it means.
  normalize: (given) => ({
    ...given,
    dataJsonWo: undefined,
    dataJson: typeof given.dataJson === "string" ? canonical(given.dataJson) : given.dataJson,
  }),
  secretOutputs: ["data", "dataJson", "dataJsonWo"],
  computed: ["data", "metadata", "path"],
  computedOnUpdate: () => ["data", "metadata"],

  async create(given, context) {
    const outputs = await write(given, await context.client.client());
    return { id: outputs.path as string, outputs };
  },

  async read(id, old, context) {
    const at = parseId(id, token, [
      { pattern: /^(?<mount>.+?)\/data\/(?<name>.+)$/, form: "<mount>/data/<name>" },
    ]);
    const client = await context.client.client();
    const live = await client.read(id);
    if (!isRecord(live?.data)) return undefined;
    const found = defined({
      customMetadata: old?.inputs.customMetadata && (await metadataOf(at, client)),
      // An import starts from what is there; later the value is the program's own and is not looked at.
      dataJson: old ? undefined : JSON.stringify(live.data),
      deleteAllVersions: false,
      disableRead: false,
      mount: old?.inputs.mount ?? at.mount,
      name: old?.inputs.name ?? at.name,
    });
    return { id, inputs: found, outputs: outputsOf(id, live, old?.inputs ?? {}) };
  },

  async update(_id, _old, wanted, context) {
    return write(wanted, await context.client.client());
  },

  async delete(_id, old, context) {
    const { mount, name, deleteAllVersions } = old.inputs;
    const branch = deleteAllVersions === true ? "metadata" : "data";
    const client = await context.client.client();
    await client.delete(`${String(mount)}/${branch}/${String(name)}`);
  },
};

async function write(given: Properties, client: VaultClient): Promise<Properties> {
  const [mount, name] = [String(given.mount), String(given.name)];
  const path = `${mount}/data/${name}`;
  const data = JSON.parse((given.dataJson ?? given.dataJsonWo) as string) as Properties;
  const options = given.options as Record<string, string> | undefined;
  await told(path, () => client.write(path, defined({ data, options })));
  if (isRecord(given.customMetadata)) {
    const { casRequired, data: custom, deleteVersionAfter, maxVersions } = given.customMetadata;
    const metadata = `${mount}/metadata/${name}`;
    await told(metadata, () =>
      client.write(metadata, {
        cas_required: casRequired ?? false,
        custom_metadata: custom ?? {},
        delete_version_after: `${(deleteVersionAfter as number | undefined) ?? 0}s`,
        max_versions: maxVersions ?? 0,
      }),
    );
  }
  if (given.disableRead === true) return { path };
  const live = await told(path, () => client.read(path));
  if (!isRecord(live?.data)) throw new Error(`${path} is gone right after it was written`);
  return outputsOf(path, live, given);
}

function outputsOf(path: string, live: VaultData, given: Properties): Properties {
  const metadata = texts(live.metadata as Properties);
  return given.dataJsonWo === undefined
    ? { path, metadata, data: texts(live.data as Properties) }
    : { path, metadata };
}

async function metadataOf(
  at: Record<string, string>,
  client: VaultClient,
): Promise<Properties | undefined> {
  const live = await client.read(`${at.mount}/metadata/${at.name}`);
  if (live === undefined) return undefined;
  const seconds = String(live.delete_version_after);
  return defined({
    casRequired: live.cas_required === true ? true : undefined,
    data: live.custom_metadata ?? undefined,
    deleteVersionAfter: seconds === "0s" ? undefined : durationSeconds(seconds),
    maxVersions: live.max_versions === 0 ? undefined : live.max_versions,
  });
}

/** Go's spelling of a duration, `1h2m3s`, in seconds. */
function durationSeconds(duration: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[String(unit)] ?? 0),
    0,
  );
}

/** A map of texts; what is none is spelt as JSON, as the official provider does. */
function texts(values: Properties): Properties {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
}

/** Runs one call, and names the path in what it says when it fails. */
async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new Error(`${path} was not written as wanted: ${error.message}`, { cause: error });
  }
}

function isJsonObject(value: string): boolean {
  try {
    return isRecord(JSON.parse(value));
  } catch {
    return false;
  }
}

function canonical(json: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (!isRecord(value)) return value;
    const keys = Object.keys(value).sort();
    return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
  };
  return isJsonObject(json) ? JSON.stringify(sorted(JSON.parse(json))) : json;
}
