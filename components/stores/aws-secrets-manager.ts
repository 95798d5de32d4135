import * as pulumi from "@pulumi/pulumi";
import {
  Secret,
  SecretPolicy,
  SecretVersion,
  getSecretVersionsOutput,
} from "@pulumi/aws/secretsmanager";
import { ConfigurationError } from "../errors";
import { activeOf, guarded } from "../generations";
import { ROTATIONS } from "../records";
import { Slot } from "../rotation";
import {
  DECLARED_LABEL,
  currentGeneration,
  generationLabel,
  stagingLabels,
} from "./aws-staging-labels";
import { StoredGeneration, storedText } from "./credential-text";

/** A region that holds a copy, and the key it is encrypted with there (the service's own unless set). */
export interface AwsReplica {
  readonly region: string;
  readonly kmsKeyId?: string;
}

/** Arguments of {@link AwsSecretsManager}. */
export interface AwsSecretsManagerArgs {
  /** The secret's name in the store, for example `project/prod/JWT_SECRET`. A setting of its own: never derived from the environment. */
  readonly secretName: string;
  /** The name in the record, for messages; the store's name unless set. */
  readonly secret?: string;
  /** The live generations of one secret. Those of a credential are kept as JSON, `{"username": …, "password": …}`. */
  readonly generations: readonly StoredGeneration[];
  /** When the active generation became active, UTC, ISO 8601: kept as a tag, since the store's LastRotatedDate does not move. */
  readonly rotatedAt?: string;
  /** A customer-managed key (id or ARN); the account's `aws/secretsmanager` unless set. Other accounts read only under one of your own. */
  readonly kmsKeyId?: pulumi.Input<string>;
  /** Regions with a copy that the store keeps in step; none unless set. */
  readonly replicas?: readonly AwsReplica[];
  /** The secret's own policy as JSON text. A public one is refused by the service. Never lock out the identity that deploys: it reads every value. */
  readonly resourcePolicy?: pulumi.Input<string>;
  /** Days in which a deleted secret can be restored: 7 to 30, 30 unless set; 0 deletes at once and for good. */
  readonly recoveryWindowInDays?: number;
  /** The ARN of an entry that exists already and is taken over unchanged. */
  readonly adopted?: string;
  /** `function`: a rotation function writes values and labels from generation 2 on, and the program leaves them alone. `record` unless set. */
  readonly rotatedBy?: "record" | "function";
  /** Runs before a version is retired and holds it back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/**
 * Keeps a secret in AWS Secrets Manager: one entry, and for each live generation a version (`<name>-g5`) with a label of our own
 * (`rekey-g5`), which the service therefore never prunes. AWSCURRENT is on one more version with the value of the active generation
 * (`<name>-current-g5`), so that every move is exactly one write, whatever fails in between: stage and activate write a value, retire
 * takes a label off. The service moves AWSPREVIOUS by itself. decisions/0015 says why labels are not moved from version to version.
 * A credential's user name and password are one value: whoever reads AWSCURRENT learns whose password it is.
 */
export class AwsSecretsManager extends pulumi.ComponentResource {
  /** The entry's ARN, for consumers and policies. Unknown in the preview that creates it. */
  readonly arn: pulumi.Output<string>;
  /** The store's version id of each live slot; it stays the same from stage to retirement. Unknown in previews that create it. */
  readonly versions: Readonly<Record<Slot, pulumi.Output<string>>>;
  /** The version with the active generation's label; with `rotatedBy: "function"` the first one, whatever the function made since: pin no consumer to that. */
  readonly activeVersion: pulumi.Output<string>;
  /** The version that is AWSCURRENT, known once the label is there: what readers of AWSCURRENT wait for. */
  readonly currentVersion: pulumi.Output<string>;

  /**
   * The generation in use. Where a rotation function makes them, it is read from the store's labels in every preview and update; unknown in
   * previews that create the entry.
   */
  readonly generation: pulumi.Output<number>;

  constructor(name: string, args: AwsSecretsManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:AwsSecretsManager", name, isCredential(args) ? CREDENTIAL_MARK : {}, opts);
    check(args);
    const entry = secretEntry(name, args, this);
    if (args.resourcePolicy !== undefined) secretPolicy(name, entry, args.resourcePolicy, this);
    const active = activeOf(args.generations);
    const copied = active.storeVersion === undefined && args.rotatedBy !== "function";
    // The service puts AWSCURRENT on the first version of an entry by itself, so it is the version that is meant to have it.
    const current = copied ? currentVersion(name, entry, active, this) : undefined;
    const used = secretVersion(name, entry, active, args, after(this, current));
    // What AWSCURRENT leaves is looked at only after it left.
    const others = after(this, current ?? used);
    this.arn = entry.arn;
    this.versions = Object.fromEntries(
      args.generations.map((live) => [
        live.slot,
        (live === active ? used : secretVersion(name, entry, live, args, others)).versionId,
      ]),
    );
    this.activeVersion = used.versionId;
    this.currentVersion = (current ?? used).versionId;
    const byFunction = args.rotatedBy === "function";
    this.generation = byFunction
      ? generationByLabels(used, this)
      : pulumi.output(active.generation);
    this.registerOutputs({
      arn: this.arn,
      activeVersion: this.activeVersion,
      ...(byFunction ? { generation: this.generation } : {}),
    });
  }
}

/** Asked of the version, so that a preview in which the entry is still to be made asks nothing. The service lists labels and no value. */
function generationByLabels(version: SecretVersion, parent: pulumi.Resource) {
  const secretId = pulumi.all([version.secretId, version.versionId]).apply(([id]) => id);
  return getSecretVersionsOutput({ secretId }, { parent }).apply(({ versions }) =>
    currentGeneration(versions.map(({ versionStages }) => versionStages)),
  );
}

/** Not protected, unlike the version beside it: it goes with the next activation, and the service never lets go of AWSCURRENT anyway. */
function currentVersion(
  name: string,
  entry: Secret,
  active: StoredGeneration,
  parent: pulumi.Resource,
): SecretVersion {
  return new SecretVersion(
    `${name}-current-g${active.generation}`,
    { secretId: entry.arn, secretString: storedText(active), versionStages: ["AWSCURRENT"] },
    { parent },
  );
}

function after(
  parent: pulumi.Resource,
  first: pulumi.Resource | undefined,
): pulumi.CustomResourceOptions {
  return { parent, ...(first === undefined ? {} : { dependsOn: [first] }) };
}

function secretEntry(name: string, args: AwsSecretsManagerArgs, parent: pulumi.Resource): Secret {
  const { secretName, kmsKeyId, replicas, recoveryWindowInDays = 30, adopted } = args;
  const active = activeOf(args.generations);
  const untouched = adopted !== undefined && active.generation === 1;
  return new Secret(
    `${name}-secret`,
    {
      name: secretName,
      recoveryWindowInDays,
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      ...(replicas?.length ? { replicas: replicas.map((replica) => ({ ...replica })) } : {}),
      ...(args.rotatedBy === "function" ? {} : { tags: tags(active, args.rotatedAt) }),
    },
    {
      parent,
      protect: true,
      ...(adopted === undefined ? {} : { import: adopted }),
      // What was adopted is left as it is found until its first rotation; a rotation function writes the tags itself.
      ignoreChanges: [
        ...(untouched ? ["description", "kmsKeyId", "replicas"] : []),
        ...(untouched || args.rotatedBy === "function" ? ["tags", "tagsAll"] : []),
      ],
    },
  );
}

function secretPolicy(
  name: string,
  entry: Secret,
  policy: pulumi.Input<string>,
  parent: pulumi.Resource,
): SecretPolicy {
  return new SecretPolicy(
    `${name}-policy`,
    { secretArn: entry.arn, policy, blockPublicPolicy: true },
    { parent },
  );
}

function secretVersion(
  name: string,
  entry: Secret,
  live: StoredGeneration,
  args: AwsSecretsManagerArgs,
  given: pulumi.CustomResourceOptions,
): SecretVersion {
  const byFunction = args.rotatedBy === "function";
  const taken = live.storeVersion;
  const alone = args.generations.length === 1;
  return new SecretVersion(
    `${name}-g${live.generation}`,
    {
      secretId: entry.arn,
      versionStages: byFunction
        ? ["AWSCURRENT", generationLabel(1), DECLARED_LABEL]
        : stagingLabels(live, alone),
      ...(taken === undefined ? { secretString: storedText(live) } : {}),
    },
    guarded(live, {
      ...given,
      ...(args.beforeRetirement ? { hooks: { beforeDelete: [args.beforeRetirement] } } : {}),
      ...(taken === undefined ? {} : { import: versionId(args, taken) }),
      ignoreChanges: [
        ...(taken === undefined ? [] : ["secretId"]),
        // A generation keeps the form that it was written in, as every shape of a value does; its password never changes.
        ...(taken === undefined && !byFunction && live.username === undefined
          ? []
          : ["secretString"]),
        ...(byFunction ? ["versionStages"] : []),
      ],
    }),
  );
}

/** What the component's inputs say of itself in the state, for those who compare values there: they are credentials. */
const CREDENTIAL_MARK = { credential: true };

function isCredential({ generations }: AwsSecretsManagerArgs): boolean {
  return generations.some(({ username }) => username !== undefined);
}

function versionId({ adopted, secretName }: AwsSecretsManagerArgs, version: string): string {
  return version.includes("|") ? version : `${adopted ?? secretName}|${version}`;
}

function tags(active: StoredGeneration, rotatedAt: string | undefined): Record<string, string> {
  return {
    "rekey-generation": String(active.generation),
    ...(rotatedAt === undefined ? {} : { "rekey-rotated-at": rotatedAt }),
  };
}

function check(args: AwsSecretsManagerArgs): void {
  const { generations, secretName, secret = secretName, recoveryWindowInDays: days = 30 } = args;
  const path = `${ROTATIONS}.${secret}`;
  if (days !== 0 && !(Number.isInteger(days) && days >= 7 && days <= 30))
    throw new ConfigurationError({
      path: `recoveryWindowInDays of ${secretName}`,
      problem: `${days} is no recovery window`,
      allowed: "7 to 30 days, or 0 to delete at once and for good",
      fix: "leave it out for 30 days",
    });
  const active = activeOf(generations);
  if (args.rotatedBy === "function" && (generations.length > 1 || active.generation > 1))
    throw new ConfigurationError({
      path,
      problem: "a rotation function rotates this secret, and its record says otherwise",
      allowed:
        "no record: a secret is rotated by the record or by a rotation function, never by both",
      fix: `remove ${path} from Pulumi.<stack>.yaml; rotate at once with \`aws secretsmanager rotate-secret --secret-id ${secretName}\``,
    });
}
