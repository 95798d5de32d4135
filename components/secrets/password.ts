import * as pulumi from "@pulumi/pulumi";
import { SecretGeneration } from "../generations";
import { GeneratedSecretArgs, TextShape, generate } from "./random-text";

/** Letters and digits with a few signs that need no quoting in a shell, a URL or an env file. */
const SHAPE: TextShape = {
  length: 32,
  special: true,
  overrideSpecial: "-_.~",
  minLower: 1,
  minUpper: 1,
  minNumeric: 1,
};

/** Arguments of {@link Password}. */
export interface PasswordArgs extends GeneratedSecretArgs {
  /** Characters, 16 to 128; 32 unless set. A change takes effect with the next generation. */
  readonly length?: number;
}

/**
 * A password that one user or service logs in with. Each live slot has its own value; a rotation generates into the idle slot and
 * leaves the one in use alone. Its verifier accepts one value, so the old one works until the consumer is switched.
 */
export class Password extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly SecretGeneration[];

  constructor(name: string, args: PasswordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:Password", name, {}, opts);
    this.generations = generate(
      name,
      args,
      { ...SHAPE, length: args.length ?? SHAPE.length },
      this,
    );
    this.registerOutputs({ generations: this.generations.map((live) => live.generation) });
  }
}
