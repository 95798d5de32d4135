import * as pulumi from "@pulumi/pulumi";
import { SecretGeneration } from "../generations";
import { LiveGeneration, RotationRecord, liveGenerations } from "../rotation";
import { ExternalValue, externalValue } from "../external";

/** Arguments of {@link ExternalKey}. */
export interface ExternalKeyArgs {
  /** The name in the record, for messages: `VITE_STRAPI_API_KEY`. */
  readonly secret: string;
  readonly record: RotationRecord;
  /** One value (or the store's reference to it) a live slot, from `rekey:external`. */
  readonly values: Readonly<Record<string, ExternalValue>>;
}

/**
 * A key that somebody else issues. Every live slot needs a value of its own, taken in by `rekey stage` or `rekey rotate`; a missing,
 * empty or repeated one stops the program with the command that sets it, before anything changes.
 */
export class ExternalKey extends pulumi.ComponentResource {
  /** The live generations with their values or references, lowest first. */
  readonly generations: readonly SecretGeneration[];

  constructor(name: string, args: ExternalKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:ExternalKey", name, {}, opts);
    this.generations = liveGenerations(args.record).map((live) => taken(live, args));
    this.registerOutputs({ generations: this.generations.map((live) => live.generation) });
  }
}

function taken(live: LiveGeneration, { secret, values }: ExternalKeyArgs): SecretGeneration {
  const found = externalValue(secret, live, values);
  return "version" in found
    ? { ...live, storeVersion: found.version }
    : { ...live, value: pulumi.secret(found.value) };
}
