import * as pulumi from "@pulumi/pulumi";
import { Secret, SecretVersion } from "@pulumi/gcp/secretmanager";
import { SecretGeneration, activeOf, guarded } from "../generations";
import { Slot } from "../rotation";
import { replicationOf } from "./google-replication";

/** Arguments of {@link GoogleSecretManager}. */
export interface GoogleSecretManagerArgs {
  readonly project: string;
  /** The secret's name in the store, for example `capanel-secret-key`. A setting of its own: never derived from the environment. */
  readonly secretId: string;
  /** The live generations of one secret. */
  readonly generations: readonly SecretGeneration[];
  /** When the active generation became active, UTC, ISO 8601: kept as a label. */
  readonly rotatedAt?: string;
  /** Regions to keep the value in; the service chooses unless set. */
  readonly regions?: readonly string[];
  /**
   * A customer-managed key (`projects/…/locations/<region>/keyRings/…/cryptoKeys/…`): in the one region of `regions`, or in `global`
   * where the service chooses.
   */
  readonly kmsKey?: string;
  /** A customer-managed key for each of several `regions`, by region and in that region. */
  readonly kmsKeys?: Readonly<Record<string, string>>;
  /** True when the entry exists already and is taken over unchanged. */
  readonly adopted?: boolean;
  /** Runs before a version is retired and holds it back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/**
 * Keeps a secret in Google Secret Manager: one entry, one version resource a generation (`<name>-g5`). A generation in grace stays
 * enabled; retirement disables its version after everything else in the update succeeded; nothing here ever destroys one.
 */
export class GoogleSecretManager extends pulumi.ComponentResource {
  /** The entry's id, for consumers and bindings. */
  readonly secretId: pulumi.Output<string>;
  /** The store's version number of each live slot. Unknown in previews that create it. */
  readonly versions: Readonly<Record<Slot, pulumi.Output<string>>>;
  /** The version of the active generation. */
  readonly activeVersion: pulumi.Output<string>;

  constructor(name: string, args: GoogleSecretManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:GoogleSecretManager", name, {}, opts);
    const entry = secretEntry(name, args, this);
    this.secretId = entry.secretId;
    this.versions = Object.fromEntries(
      args.generations.map((live) => [
        live.slot,
        secretVersion(name, entry, live, args, this).version,
      ]),
    );
    this.activeVersion = this.versions[activeOf(args.generations).slot] as pulumi.Output<string>;
    this.registerOutputs({ secretId: this.secretId, activeVersion: this.activeVersion });
  }
}

function secretEntry(name: string, args: GoogleSecretManagerArgs, parent: pulumi.Resource): Secret {
  const { project, secretId } = args;
  const active = activeOf(args.generations);
  const untouched = args.adopted === true && active.generation === 1;
  return new Secret(
    `${name}-secret`,
    { project, secretId, replication: replicationOf(args), labels: labels(active, args.rotatedAt) },
    {
      parent,
      protect: true,
      ...(args.adopted ? { import: `projects/${project}/secrets/${secretId}` } : {}),
      // What was adopted is left as it is found until its first rotation; where it is replicated never changes.
      ignoreChanges: ["replication", ...(untouched ? ["labels", "annotations"] : [])],
    },
  );
}

function secretVersion(
  name: string,
  entry: Secret,
  live: SecretGeneration,
  args: GoogleSecretManagerArgs,
  parent: pulumi.Resource,
): SecretVersion {
  const opts = {
    parent,
    ...(args.beforeRetirement ? { hooks: { beforeDelete: [args.beforeRetirement] } } : {}),
  };
  const taken = live.storeVersion;
  return new SecretVersion(
    `${name}-g${live.generation}`,
    {
      secret: entry.id,
      enabled: true,
      deletionPolicy: "DISABLE",
      ...(taken === undefined ? { secretData: live.value } : {}),
    },
    guarded(
      live,
      taken === undefined
        ? opts
        : { ...opts, import: versionId(args, taken), ignoreChanges: ["secret", "secretData"] },
    ),
  );
}

function versionId({ project, secretId }: GoogleSecretManagerArgs, version: string): string {
  return version.includes("/")
    ? version
    : `projects/${project}/secrets/${secretId}/versions/${version}`;
}

/** Label values hold lower-case letters, digits, `_` and `-` only. */
function labels(active: SecretGeneration, rotatedAt: string | undefined): Record<string, string> {
  return {
    "rekey-generation": String(active.generation),
    ...(rotatedAt === undefined
      ? {}
      : { "rekey-rotated-at": rotatedAt.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-") }),
  };
}
