import type { SecretDeclaration } from "../components/inventory";
import type { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { askLate, readValue } from "./intake";
import { readValues } from "./intake-map";
import { Validation, preparedValidation } from "./issuers/validate";
import type { PlainMap } from "./yaml-text";

/** How new values come in, as the command line says. */
export interface TakingOptions {
  /** From standard input, not from a person: the one value that is wanted, or a JSON map of values by secret's name. */
  readonly valueStdin?: boolean | undefined;
  /** False for `--no-validate`: no issuer is asked. */
  readonly validate?: boolean | undefined;
  /** For `--to-store`: a value goes into its store past the program, and the settings file gets its reference. */
  readonly toStore?: boolean | undefined;
}

/** New values that their issuers accept, or that could not or should not be asked about. */
export interface TakenIn {
  readonly values: ReadonlyMap<string, SecretText>;
  readonly validations: readonly Validation[];
}

/**
 * Takes in a new value of each secret and asks its issuer about it. What is piped in is read at once; a person is asked, and the issuers
 * are, only when the result is called, which is to be after everything else that could fail and before anything is written.
 *
 * @param known the names that a map on standard input may hold, see {@link readValues}.
 * @throws RekeyError (exit 2) for a value that its issuer refuses; (exit 1) if the issuer cannot be asked.
 */
export async function takeLate(
  secrets: readonly SecretDeclaration[],
  config: PlainMap,
  { valueStdin, validate: wanted }: TakingOptions,
  known?: readonly string[],
): Promise<() => Promise<TakenIn>> {
  const take = await askLate(
    () =>
      valueStdin === true && secrets.length > 0
        ? readValues({ wanted: secrets, known })
        : askForEach(secrets),
    valueStdin,
  );
  const validate = preparedValidation(secrets, config, wanted);
  return async () => {
    const values = await take();
    return { values, validations: await validate(values) };
  };
}

async function askForEach(secrets: readonly SecretDeclaration[]) {
  const values = new Map<string, SecretText>();
  for (const secret of secrets) values.set(secret.name, await readValue(secret, {}));
  return values;
}

/**
 * Standard input carries new values, a store takes them, and something has to want them.
 *
 * @param wanting how many secrets of the command need a new value.
 * @throws RekeyError (exit 2) for `--value-stdin` and `--to-store` where none does.
 */
export function requireUse(wanting: number, { valueStdin, toStore }: TakingOptions): void {
  const given = [
    ...(valueStdin === true ? ["--value-stdin"] : []),
    ...(toStore === true ? ["--to-store"] : []),
  ].join(", ");
  if (given === "" || wanting > 0) return;
  throw RekeyError.usage({
    message: `${given} is for externally issued secrets, and none of these needs a new value`,
    path: given,
    allowed: "a command that gives an externally issued secret a new generation",
    fix: "leave the option out",
  });
}
