import * as pulumi from "@pulumi/pulumi";
import { Accepted, acceptedOf } from "../accepted";
import { KeyGeneration, kidOf } from "./key-pair";
import { GeneratedSecretArgs, TextShape, generate } from "./random-text";
import { gated } from "./retirement-gate";

/** 64 letters and digits: 381 bits, as a pass phrase that every backup tool takes. */
const SHAPE: TextShape = { length: 64, special: false };

/** Arguments of {@link BackupKey}. */
export interface BackupKeyArgs extends GeneratedSecretArgs {
  /** The short name in `kid`, which stands in each backup's name; the component's name unless set. */
  readonly short?: string;
  /** Fails while a backup is left that only a retired key opens. Runs before the consumers lose the key and before its deletion. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/**
 * The pass phrase that backups are encrypted with. New backups are made with the active generation and named after its `kid`; every
 * live one opens the backups of its time. Retire a generation only when none of its backups is left: nothing else opens them.
 */
export class BackupKey extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly KeyGeneration[];
  /** The key to back up with, and all to restore with. */
  readonly forConsumers: Accepted<KeyGeneration>;

  constructor(name: string, args: BackupKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:BackupKey", name, {}, opts);
    const { record, beforeRetirement, short = name, environment } = args;
    const keys = generate(name, args, SHAPE, this, { beforeRetirement });
    this.generations = gated(name, keys, record, this, beforeRetirement).map((live) => ({
      ...live,
      kid: kidOf(short, live, environment),
    }));
    this.forConsumers = acceptedOf(this.generations);
    this.registerOutputs({ kids: this.generations.map((live) => live.kid) });
  }
}
