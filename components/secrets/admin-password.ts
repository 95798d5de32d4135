import * as pulumi from "@pulumi/pulumi";
import { SecretGeneration } from "../generations";
import { GeneratedSecretArgs, generate } from "./random-text";

/** Arguments of {@link AdminPassword}. */
export interface AdminPasswordArgs extends GeneratedSecretArgs {
  /** Characters, 24 unless set: a person may have to type it. A change takes effect with the next generation. */
  readonly length?: number;
}

/**
 * The first administrator's password. The application keeps only a hash, so an activation must re-seed it (a job); from then on the
 * old password is refused, and a roll back re-seeds the previous one while its slot still holds it.
 */
export class AdminPassword extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly SecretGeneration[];

  /** When the active generation became active, as its record says: with the generation, it tells one activation from another. */
  readonly activatedAt: string | undefined;

  constructor(name: string, args: AdminPasswordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:AdminPassword", name, {}, opts);
    const shape = {
      length: args.length ?? 24,
      special: true,
      overrideSpecial: "-_.",
      minNumeric: 1,
    };
    this.generations = generate(name, args, shape, this);
    this.activatedAt = args.record.at;
    this.registerOutputs({ generations: this.generations.map((live) => live.generation) });
  }
}
