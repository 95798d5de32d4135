import * as pulumi from "@pulumi/pulumi";
import { Accepted, acceptedOf } from "../accepted";
import { ConfigurationError } from "../errors";
import { SecretGeneration, isAdopted } from "../generations";
import { LiveGeneration, liveGenerations } from "../rotation";
import { isVapidPublicKey, vapidPrivateKey, vapidPublicKey } from "./key-formats";
import { AdoptedKeyPair, KeyGeneration, keyPair, kidOf } from "./key-pair";
import { GeneratedSecretArgs } from "./random-text";

/** A live pair: `value` is the private key, both halves raw and base64url without padding, as push libraries take them. */
export interface VapidGeneration extends KeyGeneration {
  /** The public half: the application server key that browsers subscribe with. No secret. */
  readonly publicKey: pulumi.Output<string>;
}

/** A pair that runs already. */
export interface AdoptedVapidPair extends AdoptedKeyPair {
  /** The public half: 65 bytes, base64url. */
  readonly publicKey: string;
  /** The store's version of the public half, where the store has an entry for it. */
  readonly publicStoreVersion?: string;
}

/** Arguments of {@link VapidPair}. */
export interface VapidPairArgs extends Omit<GeneratedSecretArgs, "adopted"> {
  /** The short name in `kid`, which the application keeps beside each subscription; the component's name unless set. */
  readonly short?: string;
  readonly adopted?: AdoptedVapidPair;
}

/**
 * The key pair of Web Push (VAPID, RFC 8292), on P-256. It rotates as a pair. A subscription is bound to the public key that it was made with: new ones
 * get the active pair, those in grace are still served by theirs, and retirement ends them. Users must re-subscribe before it.
 */
export class VapidPair extends pulumi.ComponentResource {
  /** The live pairs, lowest first; `value` is the private half. */
  readonly generations: readonly VapidGeneration[];
  /** The public halves as generations of their own, for a store that has an entry for them. */
  readonly publicGenerations: readonly SecretGeneration[];
  /** The pair for new subscriptions, and all that subscriptions may have been made with. */
  readonly forConsumers: Accepted<VapidGeneration>;

  constructor(name: string, args: VapidPairArgs, opts?: pulumi.ComponentResourceOptions) {
    checkAdopted(name, args.adopted);
    super("rekey:index:VapidPair", name, {}, opts);
    this.generations = liveGenerations(args.record).map((live) => pairOf(name, live, args, this));
    this.publicGenerations = this.generations.map((live) => publicHalf(live, args));
    this.forConsumers = acceptedOf(this.generations);
    this.registerOutputs({ kids: this.generations.map((live) => live.kid) });
  }
}

function pairOf(
  name: string,
  live: LiveGeneration,
  { adopted, short = name, environment }: VapidPairArgs,
  parent: pulumi.Resource,
): VapidGeneration {
  const kid = kidOf(short, live, environment);
  if (adopted && isAdopted(live, adopted)) {
    const { storeVersion, publicKey } = adopted;
    return { ...live, kid, storeVersion, publicKey: pulumi.output(publicKey) };
  }
  const pair = keyPair(name, live, { algorithm: "ECDSA", ecdsaCurve: "P256" }, parent);
  return {
    ...live,
    kid,
    value: pulumi.secret(pair.privateKeyPemPkcs8).apply(vapidPrivateKey),
    publicKey: pair.publicKeyPem.apply(vapidPublicKey),
  };
}

function publicHalf(
  { slot, generation, state, publicKey }: VapidGeneration,
  { adopted }: VapidPairArgs,
): SecretGeneration {
  const live = { slot, generation, state };
  const storeVersion = adopted?.publicStoreVersion;
  return storeVersion !== undefined && isAdopted(live, adopted)
    ? { ...live, storeVersion }
    : { ...live, value: publicKey };
}

function checkAdopted(name: string, adopted: AdoptedVapidPair | undefined): void {
  if (!adopted || isVapidPublicKey(adopted.publicKey)) return;
  throw new ConfigurationError({
    path: `${name}.adopted.publicKey`,
    problem: "is no VAPID public key",
    allowed:
      "the uncompressed P-256 point, 65 bytes in base64url without padding (it is no secret)",
    fix: `set ${name}.adopted.publicKey to the application server key that browsers subscribe with`,
  });
}
