import type { SecretDeclaration } from "../components/inventory";
import { entryOf } from "./project/inventory";

/** A stack's configuration by full key, as its settings file says; nothing in it was checked. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** The kinds of store that the backends of `rekey:project` stand for; what is not among them every stack has. */
const BACKEND_OF: Readonly<Record<string, string>> = {
  "aws-secrets-manager": "aws",
  "vault-kv": "vault",
};

/**
 * The secrets with the stores that the stack's settings choose and name: of project only its `backends`, at the prefixes and the mount that
 * stand there, and no object of the program's where the cluster keeps one in step by itself. What the settings do not say, or not legally, stays as the inventory declares it: the program refuses that by itself.
 */
export function placed(
  secrets: readonly SecretDeclaration[],
  config: RawConfig,
): SecretDeclaration[] {
  const settings = partOf(config["rekey:project"]);
  const backends = settings["backends"];
  const synced = partOf(settings["aws"])["syncedByCluster"];
  return secrets.map((secret) => {
    if (secret.system !== "project") return secret;
    const isSynced = Array.isArray(synced) && synced.includes(secret.name);
    const kept = secret.stores.filter((store) => {
      if (isSynced && kindOf(store) === "kubernetes-secret") return false;
      const backend = BACKEND_OF[kindOf(store)];
      return backend === undefined || !Array.isArray(backends) || backends.includes(backend);
    });
    return { ...secret, stores: kept.map((store) => named(store, secret.name, settings)) };
  });
}

function named(store: string, secret: string, settings: RawConfig): string {
  const [aws, vault] = [partOf(settings["aws"]), partOf(settings["vault"])];
  const entry = entryOf(secret);
  if (kindOf(store) === "aws-secrets-manager")
    return `aws-secrets-manager:${textOf(aws["prefix"]) ?? "project/prod"}/${entry}`;
  if (kindOf(store) === "vault-kv")
    return `vault-kv:${textOf(vault["mount"]) ?? "secret"}/${textOf(vault["prefix"]) ?? "project/prod"}/${entry}`;
  return store;
}

/**
 * What a store's quota counts for: the project of Google Cloud, the region of AWS, the mount of Vault, the namespace of Kubernetes.
 * Undefined where the settings do not say it.
 */
export function placeOf(system: string, kind: string, config: RawConfig): string | undefined {
  const settings = partOf(config[`rekey:${system}`]);
  const inside = (part: string, key: string) => textOf(partOf(settings[part])[key]);
  switch (kind) {
    case "google-secret-manager":
      return textOf(settings["project"]);
    case "aws-secrets-manager":
      return textOf(config["aws:region"]) ?? inside("aws", "region");
    case "vault-kv":
      return inside("vault", "mount") ?? "secret";
    case "kubernetes-secret":
      return inside("kubernetes", "namespace") ?? "project";
    default:
      return undefined;
  }
}

/** The kind of a store that is given as `<kind>:<entry>`. */
export function kindOf(store: string): string {
  return store.slice(0, store.indexOf(":"));
}

function partOf(value: unknown): RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as RawConfig)
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
