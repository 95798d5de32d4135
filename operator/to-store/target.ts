import { intakeEntryOf } from "../../components/intake-place";
import type { SecretDeclaration } from "../../components/inventory";
import { kindOf } from "../../stacks/places";
import { RekeyError } from "../errors";
import { PlainMap, isPlainMap } from "../yaml-text";

/**
 * The kind of store that publishes a version as it was put there: alone, it needs nobody to hand the value on. AWS does not: AWSCURRENT has a version of
 * its own there (decisions/0015), or the service's own label costs a write more.
 */
const PUBLISHING = "google-secret-manager";
/** The kinds of store with an intake entry, from which the program hands the value on. The first that keeps a secret takes its values in. */
const INTAKES = ["vault-kv", "aws-secrets-manager"] as const;

/** A kind of store that takes new values. */
export type TakingStore = typeof PUBLISHING | (typeof INTAKES)[number];

/** Where a new value goes. */
export interface Target {
  readonly secret: SecretDeclaration;
  readonly kind: TakingStore;
  /** The entry's name: the secret's own, or that of its intake entry. */
  readonly entry: string;
  /** `<kind>:<entry>`. */
  readonly store: string;
  /** True where the program reads the value there and hands it on; otherwise the version itself is what consumers will read. */
  readonly intake: boolean;
}

/** Why nothing of such a kind takes values in. */
const NO_STORE: Readonly<Record<string, string>> = {
  "kubernetes-secret":
    "objects of the cluster are all that keeps it, and the program makes them of the value",
  "env-file": "the program writes the value into an env file on a machine",
};

/**
 * The store that takes the new values of these secrets, one each. Reads the settings only.
 *
 * @throws RekeyError (exit 2) that names every secret that no store can take a value of, and why.
 */
export function targetsOf(secrets: readonly SecretDeclaration[], config: PlainMap): Target[] {
  const obstacles: string[] = [];
  const targets = secrets.flatMap((secret) => {
    const target = targetOf(secret, config);
    if (target === undefined) obstacles.push(`${secret.name}: ${obstacleTo(secret, config)}`);
    return target ?? [];
  });
  if (obstacles.length === 0) return targets;
  throw new RekeyError({
    code: "not-to-store",
    exitCode: 2,
    message: `--to-store is not possible, and nothing was written. ${obstacles.join("; ")}`,
    path: "--to-store",
    allowed:
      "externally issued secrets that AWS Secrets Manager, Google Secret Manager or Vault keeps",
    fix: "leave --to-store out: the value is kept encrypted in the settings file",
  });
}

/** The same for one secret; undefined where no store can take its values in. */
export function targetOf(secret: SecretDeclaration, config: PlainMap): Target | undefined {
  if (secret.source !== "external" || secret.movesWith !== undefined) return undefined;
  const published = publishedAlone(secret, config);
  if (published !== undefined) return at(published, secret, false);
  for (const kind of INTAKES) {
    const store = secret.stores.find((one) => kindOf(one) === kind);
    if (store !== undefined) return at(store, secret, true);
  }
  return undefined;
}

/** The one store that keeps a secret whose value goes nowhere else. */
function publishedAlone(secret: SecretDeclaration, config: PlainMap): string | undefined {
  const [store, ...others] = secret.stores;
  if (store === undefined || others.length > 0 || secret.parts) return undefined;
  return kindOf(store) === PUBLISHING && !writesEnvFile(secret, config) ? store : undefined;
}

function at(store: string, secret: SecretDeclaration, intake: boolean): Target {
  const kind = kindOf(store) as TakingStore;
  const own = store.slice(kind.length + 1);
  const entry = intake ? intakeEntryOf(own) : own;
  return { secret, kind, entry, store: `${kind}:${entry}`, intake };
}

function obstacleTo(secret: SecretDeclaration, config: PlainMap): string {
  if (secret.source !== "external")
    return "it is generated, and the value that it runs with is taken over by the program";
  if (secret.stores.length === 0) return "the stack keeps it in no store";
  const why = secret.stores.map((store) => NO_STORE[kindOf(store)]).find(Boolean);
  if (why !== undefined) return why;
  if (secret.parts)
    return `it is one value of ${secret.parts.join(" and ")}, which the program takes apart`;
  return writesEnvFile(secret, config)
    ? "the program writes the value into the developer's env file (envFile)"
    : "several stores keep it, and none of them has an intake entry";
}

function writesEnvFile({ system }: SecretDeclaration, config: PlainMap): boolean {
  const settings = config[`rekey:${system}`];
  return isPlainMap(settings) && settings["envFile"] !== undefined;
}
