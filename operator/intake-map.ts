import { z } from "zod";
import type { SecretDeclaration } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { readInput, valueOf } from "./intake";

/** Which values are looked for in standard input. */
export interface WantedValues {
  /** The secrets that need a new value now. */
  readonly wanted: readonly SecretDeclaration[];
  /**
   * The names that a map may hold: more than are wanted where a command that was broken off is run again with the same input. Unless set,
   * the names of those wanted.
   */
  readonly known?: readonly string[] | undefined;
}

const map = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())]));

/**
 * Reads the new values of secrets from standard input: a JSON map by secret's name, whose values are texts, or objects for secrets of
 * several parts. Where one value is wanted, standard input may also be that value itself.
 *
 * @throws RekeyError (exit 2) for a value that is missing or does not fit, and for a name that is not wanted; it quotes nothing.
 */
export async function readValues({
  wanted,
  known = wanted.map(({ name }) => name),
}: WantedValues): Promise<ReadonlyMap<string, SecretText>> {
  const text = await readInput(wanted);
  const found = mapIn(text);
  const [only, ...others] = wanted;
  if (only && others.length === 0 && !isMapOf(found, only, known))
    return new Map([[only.name, valueOf(only, text)]]);
  if (found === undefined) throw noMap(wanted, "is no JSON map of values by secret's name");
  const missing = wanted.filter(({ name }) => !Object.hasOwn(found, name));
  if (missing.length > 0)
    throw noMap(wanted, `has no value of ${missing.map(({ name }) => name).join(", ")}`);
  // What is unknown is not named: a value may have slipped into the place of a name.
  if (Object.keys(found).some((name) => !known.includes(name)))
    throw noMap(wanted, "names something that this command does not take in");
  return new Map(
    wanted.map((secret) => [secret.name, valueOf(secret, asText(found[secret.name]))]),
  );
}

type Found = Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;

function mapIn(text: string): Found | undefined {
  try {
    return map.safeParse(JSON.parse(text)).data;
  } catch (error) {
    // The parser's own message quotes the text, which is a secret.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A value may be a JSON object itself, of its parts or of whatever its issuer gave: a map is one that holds names of secrets only. */
function isMapOf(
  found: Found | undefined,
  { name }: SecretDeclaration,
  known: readonly string[],
): boolean {
  if (found === undefined || !Object.hasOwn(found, name)) return false;
  return Object.keys(found).every((key) => known.includes(key));
}

function asText(value: string | Readonly<Record<string, unknown>> | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function noMap(wanted: readonly SecretDeclaration[], problem: string): RekeyError {
  const form = wanted
    .map(({ name, parts }) => `"${name}":${parts ? `{"${parts.join('":"…","')}":"…"}` : '"…"'}`)
    .join(",");
  return new RekeyError({
    code: "unfit-value",
    exitCode: 2,
    message: `standard input ${problem}; nothing was written`,
    path: "--value-stdin",
    allowed: `{${form}}`,
    fix: "pipe in one JSON map with a new value for each of these, or leave the option out to be asked",
  });
}
