import * as pulumi from "@pulumi/pulumi";
import { Accepted, acceptedOf } from "../accepted";
import { SecretGeneration } from "../generations";
import { isTestEnvironment } from "../test-values";
import { fernetKey, markedFernetKey } from "./key-formats";
import { GeneratedSecretArgs, TextShape, generate, isRunning } from "./random-text";
import { gated } from "./retirement-gate";

/** What a key is derived from: 64 letters and digits hold 381 bits, more than the 256 of the key. */
const MATERIAL: TextShape = { length: 64, special: false };

/** Arguments of {@link Keyring}. */
export interface KeyringArgs extends GeneratedSecretArgs {
  /**
   * Fails while rows are left that a retired key would have to read. It runs before the consumers lose the key, and once more before
   * the key itself is deleted; in an emergency too, since such rows would be lost for good.
   */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/** A live key: `value` is a Fernet key, and `version` is what ciphertexts of it start with. */
export interface KeyringGeneration extends SecretGeneration {
  /** `v<generation>`: ciphertexts are written as `v<generation>:<token>`. */
  readonly version: string;
}

/**
 * Keys that data at rest is encrypted with: Fernet keys, the active one for writing, the others to read with. An activation changes
 * what new rows are written with; old rows stay readable until a job has re-encrypted them, and only then can their key be retired.
 */
export class Keyring extends pulumi.ComponentResource {
  /** The live keys with their values, lowest first. */
  readonly generations: readonly KeyringGeneration[];
  /** The key to encrypt with, and all to decrypt with. */
  readonly forConsumers: Accepted<KeyringGeneration>;
  /** Every live key, comma-separated, the active one first, then the decrypt-only ones, the staged one last. Secret. Absent while an adopted key lives, whose value the program never sees. */
  readonly keys?: pulumi.Output<string>;
  /** The version numbers of `keys` in the same order, for example `2,1`. Plain. */
  readonly keyVersions: string;

  constructor(name: string, args: KeyringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:Keyring", name, {}, opts);
    const { record, adopted, runningValue, environment, beforeRetirement } = args;
    const given = { record, adopted, runningValue };
    const material = generate(name, given, MATERIAL, this, { beforeRetirement });
    this.generations = gated(name, material, record, this, beforeRetirement).map((live) =>
      isRunning(live, runningValue)
        ? { ...live, version: versionOf(live) }
        : keyOf(live, isTestEnvironment(environment)),
    );
    this.forConsumers = acceptedOf(this.generations);
    this.keys = joined(this.forConsumers.accepted);
    this.keyVersions = this.forConsumers.accepted.map((live) => live.generation).join(",");
    this.registerOutputs({ keyVersions: this.keyVersions });
  }
}

function keyOf(live: SecretGeneration, marked: boolean): KeyringGeneration {
  const { generation, value } = live;
  const version = versionOf(live);
  if (!value) return { ...live, version };
  const derive = (material: string) => {
    const key = fernetKey(material, generation);
    return marked ? markedFernetKey(key) : key;
  };
  return { ...live, version, value: value.apply(derive) };
}

function versionOf({ generation }: SecretGeneration): string {
  return `v${generation}`;
}

function joined(accepted: readonly KeyringGeneration[]): pulumi.Output<string> | undefined {
  const values = accepted.map(({ value }) => value).filter((value) => value !== undefined);
  return values.length === accepted.length
    ? pulumi.all(values).apply((keys) => keys.join(","))
    : undefined;
}
