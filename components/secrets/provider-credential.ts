import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../errors";
import { ExternalValue } from "../external";
import { SecretGeneration, activeOf, liveOutputs } from "../generations";
import { RotationRecord } from "../rotation";
import { takenIn } from "./taken-in";

/** Arguments of {@link ProviderCredential}. */
export interface ProviderCredentialArgs {
  /** The name in the record, for messages: `CLOUDFLARE_API_TOKEN`. */
  readonly secret: string;
  readonly record: RotationRecord;
  /** One value (or the store's reference to it) a live slot, from `rekey:external`. */
  readonly values: Readonly<Record<string, ExternalValue>>;
  /** The provider that logs in with it, as in its resources' types: `vault`, `aws`, `cloudflare`. */
  readonly usedBy: string;
  /** The provider whose resource would make the next one, where one does; a person unless set. Never the one that uses it. */
  readonly issuedBy?: string;
  /** The stack's environment: outside dev a recognisable test value is refused. */
  readonly environment?: string;
}

/**
 * The credential with which a provider itself logs in, a class of its own: a provider that rotated it would cut off the branch that it sits on, with
 * the old value in the state as its only way back, and every later refresh would fail. So another provider or a person issues the next one, and it
 * reaches stores and consumers through other providers only.
 */
export class ProviderCredential extends pulumi.ComponentResource {
  /** The provider that logs in with it. */
  readonly usedBy: string;
  /** The generation to configure the provider with. */
  readonly active: SecretGeneration;
  readonly #generations: readonly SecretGeneration[];
  readonly #secret: string;

  constructor(name: string, args: ProviderCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.issuedBy === args.usedBy)
      throw new ConfigurationError({
        path: `${name}.issuedBy`,
        problem: `is ${args.usedBy}, the provider that logs in with ${args.secret}: it would rotate its own credential away`,
        allowed: "another provider, or nothing where a person issues it",
        fix: `leave ${name}.issuedBy out and take the next value in with \`rekey stage ${args.secret}\``,
      });
    super("rekey:index:ProviderCredential", name, {}, opts);
    this.usedBy = args.usedBy;
    this.#secret = args.secret;
    this.#generations = takenIn(name, args, this);
    this.active = activeOf(this.#generations);
    this.registerOutputs(liveOutputs(this.#generations));
  }

  /**
   * The live generations, for a store or a consumer that the given provider writes.
   *
   * @throws ConfigurationError for the provider that logs in with it.
   */
  generationsThrough(provider: string): readonly SecretGeneration[] {
    if (provider !== this.usedBy) return this.#generations;
    throw new ConfigurationError({
      path: this.#secret,
      problem: `would be written by the ${provider} provider, which logs in with it`,
      allowed: "a store or a consumer that another provider writes",
      fix: `keep ${this.#secret} in another store, and hand it to the ${provider} provider alone`,
    });
  }
}
