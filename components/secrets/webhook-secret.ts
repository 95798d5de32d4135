import * as pulumi from "@pulumi/pulumi";
import { acceptedOf } from "../accepted";
import { ConfigurationError } from "../errors";
import { ExternalValue } from "../external";
import { SecretGeneration, liveOutputs } from "../generations";
import { ROTATIONS } from "../records";
import { GeneratedSecretArgs, generate } from "./random-text";
import { takenIn } from "./taken-in";

/** 64 letters and digits: 381 bits. */
const SHAPE = { length: 64, special: false };

/** A value under the name that the consumer's settings have for it. */
export interface NamedGeneration {
  /** `NAME` or `NAME_PREVIOUS`. */
  readonly name: string;
  readonly generation: SecretGeneration;
}

/** Arguments of {@link WebhookSecret}. */
export interface WebhookSecretArgs extends GeneratedSecretArgs {
  /** The name in the record, which is the consumer's name of it too: `PAYSTACK_SECRET`. */
  readonly secret: string;
  /** Set for one that the sender issues: a value a live slot, from `rekey:external`. Without it the value is generated. */
  readonly values?: Readonly<Record<string, ExternalValue>>;
}

/**
 * The secret that events from outside are signed with. The receiver knows two values, `NAME` and `NAME_PREVIOUS`, and accepts what either
 * signed: the second is the one in grace, or the staged one before the sender signs with it. There is one previous, never two.
 */
export class WebhookSecret extends pulumi.ComponentResource {
  /** The live generations with their values, or the store's references to them, lowest first; two at most. */
  readonly generations: readonly SecretGeneration[];
  /** What the receiver gets: `NAME` with the active generation, and `NAME_PREVIOUS` while another one lives. */
  readonly forConsumers: readonly NamedGeneration[];

  constructor(name: string, args: WebhookSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseThird(args);
    super("rekey:index:WebhookSecret", name, {}, opts);
    const { values } = args;
    this.generations = values
      ? takenIn(name, { ...args, values }, this)
      : generate(name, args, SHAPE, this);
    this.forConsumers = acceptedOf(this.generations).accepted.map((generation, place) => ({
      name: place === 0 ? args.secret : `${args.secret}_PREVIOUS`,
      generation,
    }));
    this.registerOutputs(liveOutputs(this.generations));
  }
}

function refuseThird({ secret, record }: WebhookSecretArgs): void {
  if (Object.keys(record.slots).length <= 2) return;
  throw new ConfigurationError({
    path: `${ROTATIONS}.${secret}.slots`,
    problem: `has ${Object.keys(record.slots).length} live generations, and receivers know one previous value only`,
    allowed: "two slots",
    fix: `\`rekey retire ${secret}\` or \`rekey withdraw ${secret}\`, and declare the secret with two slots`,
  });
}
