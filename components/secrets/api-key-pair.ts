import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../errors";
import { EXTERNAL, ExternalValue, externalValue } from "../external";
import { SecretGeneration, liveOutputs } from "../generations";
import { readParts } from "../parts";
import { LiveGeneration, RotationRecord, liveGenerations } from "../rotation";
import { refuseTestValue } from "../test-values";
import { takenIn } from "./taken-in";

/** The parts of a pair, as its declaration in an inventory names them too (`parts`). */
export const API_KEY_PARTS = ["publishable", "secret"] as const;
/** A part's name. */
export type ApiKeyPart = (typeof API_KEY_PARTS)[number];

/** Arguments of {@link ApiKeyPair}. */
export interface ApiKeyPairArgs {
  /** The name in the record, for messages: `STRIPE_KEYS`. */
  readonly secret: string;
  readonly record: RotationRecord;
  /** One pair a live slot, from `rekey:external`: a JSON text with `publishable` and `secret`, or the store's reference to one. */
  readonly values: Readonly<Record<string, ExternalValue>>;
  /** The stack's environment: outside dev a recognisable test value is refused, in prod a key of the issuer's test mode too. */
  readonly environment?: string;
}

/**
 * A publishable and a secret key that an issuer hands out together, such as Stripe's. One record, one generation, one value: they move together or
 * not at all. A pair of which a part is missing, or whose secret part is not new, stops the program before anything changes.
 */
export class ApiKeyPair extends pulumi.ComponentResource {
  /** The live pairs, lowest first; each value is the JSON text of both parts. */
  readonly generations: readonly SecretGeneration[];
  readonly #parts: Readonly<Record<ApiKeyPart, readonly SecretGeneration[]>> | undefined;
  readonly #secret: string;

  constructor(name: string, args: ApiKeyPairArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:ApiKeyPair", name, {}, opts);
    refuseSameSecret(knownPairs(args), args);
    this.#secret = args.secret;
    this.generations = takenIn(name, args, this);
    this.#parts = partGenerations(this.generations, args);
    this.registerOutputs(liveOutputs(this.generations));
  }

  /**
   * One part of every live pair, for a store that keeps the parts in entries of their own.
   *
   * @throws ConfigurationError where a pair is in the store already: the program does not see its parts.
   */
  part(name: ApiKeyPart): readonly SecretGeneration[] {
    if (this.#parts) return this.#parts[name];
    throw new ConfigurationError({
      path: `${EXTERNAL}.${this.#secret}`,
      problem: "refers to a version of the store, of which the program sees no part",
      allowed: "values, where each part has an entry of its own in the store",
      fix: `let the consumer read the whole JSON text, or take the next pair in with \`rekey stage ${this.#secret}\``,
    });
  }
}

/** A pair that the program is told by its settings. */
interface KnownPair {
  readonly live: LiveGeneration;
  readonly parts: Readonly<Record<string, string>>;
}

function knownPairs(args: ApiKeyPairArgs): KnownPair[] {
  const { record, secret, values, environment } = args;
  return liveGenerations(record).flatMap((live) => {
    const found = externalValue(secret, live, values);
    if (!("value" in found)) return [];
    const parts = partsOf(found.value, live, args);
    const path = `${EXTERNAL}.${secret}.${live.slot}`;
    for (const part of Object.values(parts)) refuseTestValue(path, secret, part, environment);
    return [{ live, parts }];
  });
}

function partsOf(
  text: string,
  live: LiveGeneration,
  { secret }: ApiKeyPairArgs,
): Readonly<Record<string, string>> {
  const read = readParts(text, API_KEY_PARTS);
  if ("parts" in read) return read.parts;
  const path = `${EXTERNAL}.${secret}.${live.slot}`;
  throw new ConfigurationError({
    path: `${path}.value`,
    problem: `the pair of generation ${live.generation} ${read.problem}`,
    allowed: 'the JSON text {"publishable":"…","secret":"…"}',
    fix: `pulumi config rm --path '${path}' && rekey intake ${secret}, which asks for both parts`,
  });
}

function refuseSameSecret(pairs: readonly KnownPair[], { secret }: ApiKeyPairArgs): void {
  const seen = new Map<string, LiveGeneration>();
  for (const { live, parts } of pairs) {
    if (parts.secret === undefined) continue;
    const twin = seen.get(parts.secret);
    if (twin)
      throw new ConfigurationError({
        path: `${EXTERNAL}.${secret}.${live.slot}`,
        problem: `generation ${live.generation} has the secret key of generation ${twin.generation}: the pair moves as one, and half of it did not`,
        allowed: "a secret key of its own for each generation",
        fix: `\`rekey withdraw ${secret}\`, have the issuer make a new secret key, then \`rekey stage ${secret}\``,
      });
    seen.set(parts.secret, live);
  }
}

function partGenerations(
  generations: readonly SecretGeneration[],
  args: ApiKeyPairArgs,
): Readonly<Record<ApiKeyPart, readonly SecretGeneration[]>> | undefined {
  const known = generations.flatMap(({ value, ...live }) => (value ? [{ ...live, value }] : []));
  if (known.length < generations.length) return undefined;
  const generationsOf = (name: ApiKeyPart): SecretGeneration[] =>
    known.map((live) => ({
      ...live,
      value: pulumi.secret(live.value.apply((text) => partsOf(text, live, args)[name] as string)),
    }));
  return { publishable: generationsOf("publishable"), secret: generationsOf("secret") };
}
