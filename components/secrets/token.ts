import * as pulumi from "@pulumi/pulumi";
import { SecretGeneration } from "../generations";
import { GeneratedSecretArgs, generate } from "./random-text";

/** 43 letters and digits hold 256 bits. */
const LENGTH = 43;

/** Arguments of {@link Token}. */
export interface TokenArgs extends GeneratedSecretArgs {
  /** Characters (letters and digits), 43 unless set: 256 bits. A change takes effect with the next generation. */
  readonly length?: number;
}

/**
 * A random text that signs or opens something, such as the key of session tokens. Verifiers accept every live generation, the staged
 * one included; with stage and activate in two updates nobody is logged out until the old generation is retired.
 */
export class Token extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly SecretGeneration[];

  constructor(name: string, args: TokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:Token", name, {}, opts);
    this.generations = generate(
      name,
      args,
      { length: args.length ?? LENGTH, special: false },
      this,
    );
    this.registerOutputs({ generations: this.generations.map((live) => live.generation) });
  }
}
