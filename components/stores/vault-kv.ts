import * as pulumi from "@pulumi/pulumi";
import { SecretV2 } from "@pulumi/vault/kv";
import { ConfigurationError } from "../errors";
import { CredentialGeneration, SecretGeneration, activeOf } from "../generations";

/** A secret's generations, with user names where a value is one half of a credential. */
export type KvGeneration = SecretGeneration & Partial<Pick<CredentialGeneration, "username">>;

/** Arguments of {@link VaultKv}. */
export interface VaultKvArgs {
  /** The KV v2 engine's path; `secret` unless set. */
  readonly mount?: string;
  /** The secret's own path in it, for example `project/prod/jwt-secret`. A setting of its own: never derived from the environment. */
  readonly path: string;
  /** The live generations of one secret. */
  readonly generations: readonly KvGeneration[];
  /** When the active generation became active, UTC, ISO 8601: kept as custom metadata. */
  readonly rotatedAt?: string;
  /** Versions that Vault keeps at the path, so that a wrong write can be read again; 10 unless set. */
  readonly maxVersions?: number;
  /** True when the path holds generation 1 already: nothing is written until a generated one becomes active. */
  readonly adopted?: boolean;
  /** Any new number writes the path once more, over what was written past the program; see {@link VaultKv.version}. */
  readonly repair?: number;
  /**
   * Runs before the write that takes a retired value out and holds it back while it fails. It can only ask consumers that do not wait for
   * this store: where it is set, give them as `dependsOn` of this component in an update that retires.
   */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/** The KV v2 engine that Vault's own guides use. */
export const KV_MOUNT = "secret";

/** The metadata that names every live generation with its slot. */
const LIVE = "rekey-live";

/** Versions that are kept unless told otherwise; Vault's own default. */
const MAX_VERSIONS = 10;

/**
 * Keeps a secret at a path of its own in a Vault KV v2 engine. A move writes exactly one version, with everything that it changes: `value`,
 * `generation` (and `username`) are the active ones, `value_a`, `generation_a` and so on those of each live slot, for whoever accepts several.
 * Readers of `value` see no change when a generation is staged. The custom metadata shows generations to those who may not read values.
 */
export class VaultKv extends pulumi.ComponentResource {
  /** What a reader asks for, `secret/data/project/prod/jwt-secret`: known before anything is written, so nobody need wait to name it. */
  readonly dataPath: string;
  /** The version that the last move wrote; unless the path's newest is the same, somebody wrote past the program. Unknown in previews of a move. */
  readonly version: pulumi.Output<string>;
  /** The active generation. */
  readonly generation: number;

  constructor(name: string, args: VaultKvArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:VaultKv", name, {}, opts);
    const { mount = KV_MOUNT, path } = args;
    const active = activeOf(args.generations);
    this.dataPath = `${mount}/data/${path}`;
    this.generation = active.generation;
    this.version = isFound(active, args)
      ? pulumi.output(active.storeVersion ?? "")
      : write(name, active, args, this).metadata.apply((metadata) => metadata?.version ?? "");
    this.registerOutputs({ dataPath: this.dataPath, version: this.version });
  }
}

/** True while the active value is the one that was found at the path: the program does not know it and leaves the path alone. */
function isFound(active: KvGeneration, { adopted, path }: VaultKvArgs): boolean {
  if (active.value !== undefined) return false;
  if (adopted === true && active.generation === 1) return true;
  throw new ConfigurationError({
    path,
    problem: `generation ${active.generation} is active and its value is known to the store alone`,
    allowed: "values that the program has: every move writes a path's values together",
    fix: "take the value in with `rekey intake`, or roll forward with `rekey rotate`",
  });
}

function write(
  name: string,
  active: KvGeneration,
  args: VaultKvArgs,
  parent: pulumi.Resource,
): SecretV2 {
  const { mount = KV_MOUNT, path, generations, beforeRetirement } = args;
  return new SecretV2(
    `${name}-secret`,
    {
      mount,
      name: path,
      dataJson: kvData(active, generations),
      customMetadata: {
        maxVersions: args.maxVersions ?? MAX_VERSIONS,
        data: kvMetadata(active, generations, args),
      },
    },
    {
      parent,
      protect: true,
      ...(beforeRetirement
        ? { hooks: { beforeUpdate: [retirementHook(name, beforeRetirement)] } }
        : {}),
    },
  );
}

/** Asks `before` only where the write takes a generation out. */
function retirementHook(name: string, before: pulumi.ResourceHook): pulumi.ResourceHook {
  return new pulumi.ResourceHook(`${name}-retires`, async (args) => {
    if (takesOut(args.oldInputs, args.newInputs)) await before.callback(args);
  });
}

/** True where the inputs of a path had a live generation that the new ones have no more; also where the old ones do not say. */
export function takesOut(
  oldInputs: Readonly<Record<string, unknown>> | undefined,
  newInputs: Readonly<Record<string, unknown>> | undefined,
): boolean {
  const [before, after] = [liveIn(oldInputs), liveIn(newInputs)];
  return before === undefined || before.some((live) => !after?.includes(live));
}

function liveIn(inputs: Readonly<Record<string, unknown>> | undefined): string[] | undefined {
  const metadata = inputs?.["customMetadata"] as { data?: Record<string, unknown> } | undefined;
  const live = metadata?.data?.[LIVE];
  return typeof live === "string" ? live.split(",") : undefined;
}

/** What one version holds, as secret JSON of plain texts: agents and templates read those without further ado. */
function kvData(active: KvGeneration, generations: readonly KvGeneration[]): pulumi.Output<string> {
  const fields = Object.fromEntries([
    ...fieldsOf(active, ""),
    ...generations.flatMap((live) => fieldsOf(live, `_${live.slot}`)),
  ]);
  return pulumi.secret(pulumi.jsonStringify(fields));
}

function fieldsOf(live: KvGeneration, suffix: string): [string, pulumi.Input<string>][] {
  const { value, generation, username, storeVersion } = live;
  return [
    // A value that was found is in an earlier version of this very path.
    ...(value === undefined ? [] : [[`value${suffix}`, value] as [string, typeof value]]),
    ...(value === undefined && storeVersion !== undefined
      ? [[`version${suffix}`, storeVersion] as [string, string]]
      : []),
    [`generation${suffix}`, String(generation)],
    ...(username === undefined ? [] : [[`username${suffix}`, username] as [string, string]]),
  ];
}

function kvMetadata(
  active: KvGeneration,
  generations: readonly KvGeneration[],
  { rotatedAt, repair }: VaultKvArgs,
): Record<string, string> {
  return {
    "rekey-generation": String(active.generation),
    [LIVE]: generations.map((live) => `${live.slot}:${live.generation}`).join(","),
    ...(rotatedAt === undefined ? {} : { "rekey-rotated-at": rotatedAt }),
    ...(repair === undefined ? {} : { "rekey-repair": String(repair) }),
  };
}
