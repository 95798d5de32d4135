import type { SecretDeclaration } from "../../components/inventory";
import { kindOf } from "../../stacks/places";
import { RekeyError } from "../errors";
import { PlainMap, isPlainMap } from "../yaml-text";

/** The kinds of store that take a new value past the program. */
export const TAKING_STORES = ["aws-secrets-manager", "google-secret-manager"] as const;
/** See {@link TAKING_STORES}. */
export type TakingStore = (typeof TAKING_STORES)[number];

/** Where a new value goes. */
export interface Target {
  readonly secret: SecretDeclaration;
  readonly kind: TakingStore;
  /** The entry's name, as the declaration has it. */
  readonly entry: string;
  /** `<kind>:<entry>`. */
  readonly store: string;
}

/** Why a store of this kind needs the value in the program. */
const NEEDS_VALUE: Readonly<Record<string, string>> = {
  "vault-kv":
    "each write of a path in Vault holds every live value, so the program that writes it must have them",
  "kubernetes-secret": "the program makes its Kubernetes objects of the value",
  "env-file": "the program writes the value into an env file on a machine",
};

/**
 * The store that takes the new values of these secrets, one each. Reads the settings only.
 *
 * @throws RekeyError (exit 2) that names every secret whose value the program itself must have, why, and what to do instead.
 */
export function targetsOf(secrets: readonly SecretDeclaration[], config: PlainMap): Target[] {
  const obstacles: string[] = [];
  const fixes = new Set<string>();
  const targets = secrets.flatMap((secret) => {
    const found = obstaclesOf(secret, config);
    for (const { why, fix } of found) {
      obstacles.push(`${secret.name}: ${why}`);
      fixes.add(fix);
    }
    const store = secret.stores.find((one) => takingKind(one) !== undefined);
    const kind = store === undefined ? undefined : takingKind(store);
    if (found.length > 0 || store === undefined || kind === undefined) return [];
    return [{ secret, kind, store, entry: store.slice(kind.length + 1) }];
  });
  if (obstacles.length === 0) return targets;
  throw new RekeyError({
    code: "not-to-store",
    exitCode: 2,
    message: `--to-store is not possible, and nothing was written. ${obstacles.join("; ")}`,
    path: "--to-store",
    allowed:
      "externally issued secrets that AWS Secrets Manager or Google Secret Manager alone keeps, and that consumers read there",
    fix: [...fixes].join("; "),
  });
}

interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

const LEAVE_OUT = "leave --to-store out: the value is kept encrypted in the settings file";

function obstaclesOf(secret: SecretDeclaration, config: PlainMap): Obstacle[] {
  const kinds = [...new Set(secret.stores.map(kindOf))];
  const taking = kinds.filter((kind) => isTaking(kind));
  const found: Obstacle[] = [];
  const obstacle = (why: string, fix = LEAVE_OUT) => found.push({ why, fix });
  if (secret.source !== "external")
    obstacle("it is generated, and the value that it runs with is taken over by the program");
  if (secret.parts)
    obstacle(
      `it is one value of ${secret.parts.join(" and ")}, which the program takes apart for its stores and consumers`,
    );
  for (const kind of kinds.filter((one) => !isTaking(one)))
    obstacle(NEEDS_VALUE[kind] ?? `${kind} gets the value from the program`, fixFor(kind, secret));
  if (taking.length > 1)
    obstacle(`${taking.join(" and ")} keep it together, and each would need the value`);
  if (kinds.length === 0) obstacle("the stack keeps it in no store");
  if (writesEnvFile(secret, config))
    obstacle("the program writes the value into the developer's env file (envFile)");
  return found;
}

function fixFor(kind: string, secret: SecretDeclaration): string {
  const canBeSynced =
    kind === "kubernetes-secret" && !secret.parts && secret.stores.some((one) => takingKind(one));
  return canBeSynced
    ? `have the cluster itself keep the object in step with the store, and name ${secret.name} in rekey:${secret.system}.aws.syncedByCluster; or ${LEAVE_OUT}`
    : LEAVE_OUT;
}

function writesEnvFile({ system }: SecretDeclaration, config: PlainMap): boolean {
  const settings = config[`rekey:${system}`];
  return isPlainMap(settings) && settings["envFile"] !== undefined;
}

function takingKind(store: string): TakingStore | undefined {
  return TAKING_STORES.find((kind) => kind === kindOf(store));
}

function isTaking(kind: string): kind is TakingStore {
  return (TAKING_STORES as readonly string[]).includes(kind);
}
