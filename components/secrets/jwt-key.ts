import * as pulumi from "@pulumi/pulumi";
import { Accepted, acceptedOf } from "../accepted";
import { ConfigurationError } from "../errors";
import { isAdopted } from "../generations";
import { LiveGeneration, liveGenerations } from "../rotation";
import { jwkSet, publicJwk, symmetricJwk } from "./key-formats";
import { AdoptedKeyPair, KeyGeneration, KeyShape, keyPair, kidOf } from "./key-pair";
import { GeneratedSecretArgs, TextShape, generate, isRunning } from "./random-text";

/** `HS256`: one text signs and verifies. `ES256`, `RS256`: a pair, of which verifiers get the public half only. */
export type JwtAlgorithm = "HS256" | "ES256" | "RS256";

/** 64 letters and digits: 381 bits, safe in an env file and in a URL. */
const TEXT: TextShape = { length: 64, special: false };

const PAIRS: Readonly<Record<Exclude<JwtAlgorithm, "HS256">, KeyShape>> = {
  ES256: { algorithm: "ECDSA", ecdsaCurve: "P256" },
  RS256: { algorithm: "RSA", rsaBits: 3072 },
};

/** A live generation of a JWT key: `value` is the text (HS256) or the private key as PKCS#8 PEM. */
export interface JwtKeyGeneration extends KeyGeneration {
  readonly algorithm: JwtAlgorithm;
  /** The public half as PEM, plain; absent for HS256, which has none. */
  readonly publicKey?: pulumi.Output<string>;
}

/** Arguments of {@link JwtKey}. */
export interface JwtKeyArgs extends GeneratedSecretArgs {
  /** `HS256` unless set. To change it, give the algorithm of the living generations in `formerly`. */
  readonly algorithm?: JwtAlgorithm;
  /** The algorithm that generations up to `until` (inclusive) have: they keep it until they are retired. */
  readonly formerly?: { readonly algorithm: JwtAlgorithm; readonly until: number };
  /** The short name in `kid`; the component's name unless set. A change would orphan the tokens in use. */
  readonly short?: string;
  /** The key that runs already; a pair needs its `publicKey` as PEM. */
  readonly adopted?: AdoptedKeyPair;
}

/**
 * The key of JSON Web Tokens; also the class of a refresh token's key. Signers use the active generation and put its `kid` into the token's header;
 * verifiers know every live one, the staged one included, before anybody signs with it.
 */
export class JwtKey extends pulumi.ComponentResource {
  /** The live generations with their values, lowest first. */
  readonly generations: readonly JwtKeyGeneration[];
  /** The one to sign with, and all to verify with. */
  readonly forConsumers: Accepted<JwtKeyGeneration>;
  /**
   * A JWK set of every live generation, in the order of `forConsumers.accepted`. Plain when all are pairs, secret when one is HS256;
   * absent while an adopted HS256 key lives, whose value the program never sees.
   */
  readonly jwks?: pulumi.Output<string>;

  constructor(name: string, args: JwtKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:JwtKey", name, {}, opts);
    this.generations = declared(name, args, this);
    this.forConsumers = acceptedOf(this.generations);
    this.jwks = verificationKeys(this.forConsumers.accepted);
    this.registerOutputs({ kids: this.generations.map((live) => live.kid) });
  }
}

function declared(name: string, args: JwtKeyArgs, parent: pulumi.Resource): JwtKeyGeneration[] {
  const isText = (live: LiveGeneration) => algorithmOf(live, args) === "HS256";
  const texts = generate(name, args, TEXT, parent, { only: isText });
  return liveGenerations(args.record).map((live) => {
    const algorithm = algorithmOf(live, args);
    const key = { kid: kidOf(args.short ?? name, live, args.environment), algorithm };
    const text = texts.find(({ slot }) => slot === live.slot);
    return text ? { ...text, ...key } : { ...live, ...key, ...pairOf(name, live, args, parent) };
  });
}

function algorithmOf(
  { generation }: LiveGeneration,
  { algorithm = "HS256", formerly }: JwtKeyArgs,
): JwtAlgorithm {
  return formerly && generation <= formerly.until ? formerly.algorithm : algorithm;
}

function pairOf(
  name: string,
  live: LiveGeneration,
  args: JwtKeyArgs,
  parent: pulumi.Resource,
): Pick<JwtKeyGeneration, "value" | "storeVersion" | "publicKey"> {
  if (isAdopted(live, args.adopted)) return adoptedPair(name, args.adopted);
  const algorithm = algorithmOf(live, args);
  if (isRunning(live, args.runningValue)) throw textInUse(name, algorithm);
  if (algorithm === "HS256") throw new Error("a symmetric key has no pair");
  const pair = keyPair(name, live, PAIRS[algorithm], parent);
  return { value: pulumi.secret(pair.privateKeyPemPkcs8), publicKey: pair.publicKeyPem };
}

/** A pair in the place of the text that runs would refuse every token that is out. */
function textInUse(name: string, algorithm: JwtAlgorithm): ConfigurationError {
  return new ConfigurationError({
    path: `${name}.formerly`,
    problem: `is missing: generation 1 is the text that was taken in, and ${algorithm} is a pair`,
    allowed: "{ algorithm: HS256, until: 1 }",
    fix: "set it so; the first pair is then generation 2: `rekey stage`, `rekey up`, `rekey activate`",
  });
}

function adoptedPair(
  name: string,
  adopted: AdoptedKeyPair | undefined,
): Pick<JwtKeyGeneration, "storeVersion" | "publicKey"> {
  if (adopted?.publicKey === undefined)
    throw new ConfigurationError({
      path: `${name}.adopted.publicKey`,
      problem: "is missing: verifiers could not check the tokens of the key that runs",
      allowed: "the public half of the adopted pair as PEM (it is no secret)",
      fix: `set ${name}.adopted.publicKey to the output of \`openssl pkey -pubout\``,
    });
  return { storeVersion: adopted.storeVersion, publicKey: pulumi.output(adopted.publicKey) };
}

function verificationKeys(
  accepted: readonly JwtKeyGeneration[],
): pulumi.Output<string> | undefined {
  const keys = accepted.map(({ kid, algorithm, publicKey, value }) => {
    if (publicKey) return publicKey.apply((pem) => publicJwk(pem, kid, algorithm));
    return value?.apply((text) => symmetricJwk(text, kid));
  });
  const known = keys.filter((key) => key !== undefined);
  return known.length === keys.length ? pulumi.all(known).apply(jwkSet) : undefined;
}
