import { ConfigurationError } from "./errors";
import { EXTERNAL, ExternalValue, refuseChangedValue } from "./external";
import type { SecretDeclaration } from "./inventory";
import { RotationRecord, liveGenerations } from "./rotation";
import { isFernetKey } from "./secrets/key-formats";
import { isTestEnvironment } from "./test-values";

/** What a value that runs already is held against. */
export interface RunningValueRules {
  readonly record: RotationRecord;
  /** The secret's part of `rekey:external`. */
  readonly values: Readonly<Record<string, ExternalValue>>;
  /** The key of the fingerprints, where there is one. */
  readonly key: string | undefined;
  readonly environment: string;
}

/**
 * The value that generation 1 of a generated secret has in production, if it was brought in; undefined once that generation is retired.
 *
 * @throws ConfigurationError for a value of any later generation, in dev, that is not the one that was brought in, or that is no key.
 */
export function runningValue(
  { name, class: kind }: Pick<SecretDeclaration, "name" | "class">,
  { record, values, key, environment }: RunningValueRules,
): string | undefined {
  const [entry, ...others] = Object.entries(values);
  if (entry === undefined) return undefined;
  const [slot, found] = entry;
  const path = `${EXTERNAL}.${name}.${slot}`;
  const refuse = (problem: string, allowed: string): never => {
    const fix = `pulumi config rm --path '${path}'; a new value of ${name} comes with \`rekey rotate ${name}\``;
    throw new ConfigurationError({ path, problem, allowed, fix });
  };
  const live = liveGenerations(record).find((one) => one.slot === slot);
  if (others.length > 0 || found.generation !== 1 || live?.generation !== 1)
    return refuse(
      `is no value of generation 1, and ${name} is generated from generation 2 on`,
      "one value, of generation 1, in the slot that holds it",
    );
  if (!("value" in found) || found.value.trim() === "")
    return refuse("holds no value", "the value itself, encrypted");
  if (isTestEnvironment(environment))
    return refuse(
      "brings in a value that runs elsewhere, and the environment is dev",
      "generated test values only",
    );
  if (kind === "keyring" && !isFernetKey(found.value))
    return refuse("is no Fernet key", "32 bytes in base64url with padding: 44 characters");
  refuseChangedValue(found, key, path, name);
  return found.value;
}
