import * as pulumi from "@pulumi/pulumi";
import { SecretGeneration, liveOutputs } from "../generations";
import { RotationRecord } from "../rotation";
import { ExternalValue } from "../external";
import { takenIn } from "./taken-in";

/** Arguments of {@link ExternalKey}. */
export interface ExternalKeyArgs {
  /** The name in the record, for messages: `VITE_STRAPI_API_KEY`. */
  readonly secret: string;
  readonly record: RotationRecord;
  /** One value (or the store's reference to it) a live slot, from `rekey:external`. */
  readonly values: Readonly<Record<string, ExternalValue>>;
  /** The stack's environment: outside dev a recognisable test value is refused. */
  readonly environment?: string;
  /** Runs before a value that was taken in past the program is deleted from where it was, and holds that back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
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
    this.generations = takenIn(name, args, this);
    this.registerOutputs(liveOutputs(this.generations));
  }
}
