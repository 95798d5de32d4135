import type { SecretText } from "../../components/secret-text";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { KnownResource } from "../recovery/state";

/** The stores that can be asked. The first part of `<store>:<entry>` in a declaration. */
export const ASKED_STORES = [
  "google-secret-manager",
  "aws-secrets-manager",
  "vault-kv",
  "kubernetes-secret",
] as const;
/** A store that can be asked. */
export type AskedStore = (typeof ASKED_STORES)[number];

/** One generation as the stack's state has it. */
export interface KnownVersion {
  readonly generation: number;
  /** The store's own id of the version; absent where the state does not show it, and then it is not compared. */
  readonly versionId?: string;
  /** The state marks it as in use. */
  readonly active: boolean;
  /** Readers that pin no version get it; absent where the store has no such pointer. */
  readonly current?: boolean;
}

/** A place in a store that the stack's state has. */
export interface StoreEntry {
  readonly kind: AskedStore;
  /** Its full name; declarations may leave parts at the front out. */
  readonly name: string;
  /** What a reader needs to find it, by the store's own terms. */
  readonly at: Readonly<Record<string, string>>;
  readonly known: readonly KnownVersion[];
  /** A rotation function writes generations, labels and versions past the program; no record says where it stands. */
  readonly byFunction?: boolean;
  /** The workloads that read it, where the cluster itself keeps it in step with another store: no record and no state says what it holds. */
  readonly syncedFor?: readonly string[];
  /** Why it cannot be compared. */
  readonly notAsked?: string;
}

/** One generation as the store has it now. */
export interface HeldVersion {
  /** The store's own id of the version. */
  readonly versionId: string;
  /** By the store's own labels, or by the state's knowledge of the version; absent where neither names one. */
  readonly generation?: number;
  /** Absent where the store keeps the version and does not hand the value out. */
  readonly value?: SecretText;
  /** True if the store refuses readers this version. */
  readonly disabled?: boolean;
  /** Readers that pin no version get it. */
  readonly current?: boolean;
}

/** What a store holds at an entry. */
export interface Reading {
  /** The generation in use by the store's own label; absent where it has none. */
  readonly active?: number;
  readonly versions: readonly HeldVersion[];
  /** The workloads that run with what was there before. */
  readonly outdated?: readonly string[];
}

/** Asks one store with the operator's own credentials and the stack's own addresses. */
export interface StoreReader {
  /** What the store holds; undefined where the entry does not exist. Throws where the store cannot be asked; no message holds a value. */
  read(entry: StoreEntry): Promise<Reading | undefined>;
  /** What undoes a version that was written by hand, or a disabling by hand: a command in backquotes, and what goes with it. */
  undo(entry: StoreEntry, held: HeldVersion): string;
  /** Ends kept connections. */
  close(): void;
}

/** A store: which entries a state has in it, and how they are asked. One file each. */
export interface Store {
  readonly kind: AskedStore;
  entries(resources: readonly KnownResource[]): StoreEntry[];
  /** Throws where a setting is missing, naming it. */
  reader(config: ConfigMap): StoreReader;
}

/** The logical name of a resource. */
export function nameOf({ urn }: KnownResource): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The generation in a logical name that ends with it (`jwt-g5`), as stores' components name their versions. */
export function generationIn(name: string): number | undefined {
  const number = /-g([1-9]\d{0,6})$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** A plain text of a resource's inputs or outputs; what is secret is no text there. */
export function textOf(properties: Readonly<Record<string, unknown>>, key: string) {
  const value = properties[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A map in a resource's inputs or outputs; empty where there is none. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A text as a word of a shell command. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
