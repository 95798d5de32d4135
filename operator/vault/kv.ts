/** Secrets of a KV v2 engine as the operator's checks read them. */
import { SecretText } from "../../components/secret-text";
import type { VaultClient } from "./client";

/** One version of a secret. */
export interface KvSecret {
  /** The fields, wrapped: each may be a value. */
  readonly data: Readonly<Record<string, SecretText>>;
  /** The version that was read. */
  readonly version: number;
}

/** What is known of a secret without its value. */
export interface KvMetadata {
  /** The newest version: the count of writes there ever were. */
  readonly currentVersion: number;
  /** The newest version was deleted or destroyed, so a reader finds nothing. */
  readonly gone: boolean;
  readonly customMetadata: Readonly<Record<string, string>>;
}

/** What Vault tells of a version. */
interface KvVersion {
  readonly destroyed?: boolean;
  /** Empty until it is deleted. */
  readonly deletion_time?: string;
}

/** Reads a version of a secret, the newest unless given; undefined where there is none or it was deleted. */
export async function readKv(
  client: VaultClient,
  mount: string,
  name: string,
  version?: number,
): Promise<KvSecret | undefined> {
  const query = version === undefined ? "" : `?version=${version}`;
  const found = await client.read(`${mount}/data/${name}${query}`);
  if (found?.data === undefined || found.data === null) return undefined;
  const fields = Object.entries(found.data as Record<string, unknown>);
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    data: Object.fromEntries(fields.map(([key, value]) => [key, new SecretText(text(value))])),
    version: Number((found.metadata as { version: number }).version),
  };
}

/** Reads what is known of a secret without its value; undefined where there is none. */
export async function readKvMetadata(
  client: VaultClient,
  mount: string,
  name: string,
): Promise<KvMetadata | undefined> {
  const found = await client.read(`${mount}/metadata/${name}`);
  if (found === undefined) return undefined;
  const versions = found.versions as Readonly<Record<string, KvVersion>> | undefined;
  const newest = versions?.[String(found.current_version)];
  return {
    currentVersion: Number(found.current_version),
    gone: newest?.destroyed === true || (newest?.deletion_time ?? "") !== "",
    customMetadata: (found.custom_metadata ?? {}) as Record<string, string>,
  };
}
