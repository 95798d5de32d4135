import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../errors";
import { EXTERNAL, ExternalValue, externalValue } from "../external";
import { SecretGeneration, liveOutputs } from "../generations";
import { readParts } from "../parts";
import { LiveGeneration, RotationRecord, liveGenerations } from "../rotation";
import { refuseTestValue } from "../test-values";

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
    const taken = liveGenerations(args.record).map((live) => pairOf(live, args));
    refuseSameSecret(taken, args);
    this.#secret = args.secret;
    this.#parts = partGenerations(taken);
    this.generations = taken.map(({ live, found }) =>
      "version" in found
        ? { ...live, storeVersion: found.version }
        : { ...live, value: pulumi.secret(found.value) },
    );
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

interface TakenPair {
  readonly live: LiveGeneration;
  readonly found: ExternalValue;
  readonly parts?: Readonly<Record<string, string>>;
}

function pairOf(live: LiveGeneration, { secret, values, environment }: ApiKeyPairArgs): TakenPair {
  const found = externalValue(secret, live, values);
  if ("version" in found) return { live, found };
  const path = `${EXTERNAL}.${secret}.${live.slot}`;
  const read = readParts(found.value, API_KEY_PARTS);
  if ("problem" in read)
    throw new ConfigurationError({
      path: `${path}.value`,
      problem: `the pair of generation ${live.generation} ${read.problem}`,
      allowed: 'the JSON text {"publishable":"…","secret":"…"}',
      fix: `pulumi config rm --path '${path}' && rekey intake ${secret}, which asks for both parts`,
    });
  for (const part of Object.values(read.parts)) refuseTestValue(path, secret, part, environment);
  return { live, found, parts: read.parts };
}

function refuseSameSecret(taken: readonly TakenPair[], { secret }: ApiKeyPairArgs): void {
  const seen = new Map<string, LiveGeneration>();
  for (const { live, parts } of taken) {
    if (parts?.secret === undefined) continue;
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
  taken: readonly TakenPair[],
): Readonly<Record<ApiKeyPart, readonly SecretGeneration[]>> | undefined {
  if (taken.some(({ parts }) => !parts)) return undefined;
  const generationsOf = (name: ApiKeyPart): SecretGeneration[] =>
    taken.map(({ live, parts }) => ({ ...live, value: pulumi.secret(parts?.[name] as string) }));
  return { publishable: generationsOf("publishable"), secret: generationsOf("secret") };
}
