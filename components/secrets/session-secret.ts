import * as pulumi from "@pulumi/pulumi";
import { Accepted, acceptedOf } from "../accepted";
import { ConfigurationError } from "../errors";
import { SecretGeneration } from "../generations";
import { GeneratedSecretArgs, generate } from "./random-text";

/** 43 letters and digits hold 256 bits, and less is refused; 64 leave room for a library that cuts. */
const LENGTH = { least: 43, most: 128, usual: 64 };

/** Arguments of {@link SessionSecret}. */
export interface SessionSecretArgs extends GeneratedSecretArgs {
  /** Characters (letters and digits), 43 to 128; 64 unless set. A change takes effect with the next generation. */
  readonly length?: number;
}

/**
 * The secret that session cookies are signed with. New cookies are signed with the active generation; every live one is accepted, the
 * staged one included, so that a rotation in two updates logs nobody out. Retirement ends the sessions that nobody renewed in grace.
 */
export class SessionSecret extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly SecretGeneration[];
  /** What the application gets: the one to sign with, and all to verify with. */
  readonly forConsumers: Accepted<SecretGeneration>;

  constructor(name: string, args: SessionSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    const length = args.length ?? LENGTH.usual;
    if (!Number.isInteger(length) || length < LENGTH.least || length > LENGTH.most)
      throw new ConfigurationError({
        path: `${name}.length`,
        problem: "is out of bounds",
        allowed: `a whole number from ${LENGTH.least} (256 bits) to ${LENGTH.most}`,
        fix: `set ${name}.length in the stack's program, or leave it out for ${LENGTH.usual}`,
      });
    super("rekey:index:SessionSecret", name, {}, opts);
    this.generations = generate(name, args, { length, special: false }, this);
    this.forConsumers = acceptedOf(this.generations);
    this.registerOutputs({ generations: this.generations.map((live) => live.generation) });
  }
}
