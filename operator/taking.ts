import type { SecretDeclaration } from "../components/inventory";
import type { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { askLate, readValue } from "./intake";
import { Validation, preparedValidation } from "./issuers/validate";
import type { PlainMap } from "./yaml-text";

/** How new values come in, as the command line says. */
export interface TakingOptions {
  /** From standard input, not from a person. */
  readonly valueStdin?: boolean | undefined;
  /** False for `--no-validate`: no issuer is asked. */
  readonly validate?: boolean | undefined;
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
 * @throws RekeyError (exit 2) for a value that its issuer refuses; (exit 1) if the issuer cannot be asked.
 */
export async function takeLate(
  secrets: readonly SecretDeclaration[],
  config: PlainMap,
  { valueStdin, validate: wanted }: TakingOptions,
): Promise<() => Promise<TakenIn>> {
  const take = await askLate(async () => {
    const values = new Map<string, SecretText>();
    for (const secret of secrets)
      values.set(secret.name, await readValue(secret, { stdin: valueStdin }));
    return values;
  }, valueStdin);
  const validate = preparedValidation(secrets, config, wanted);
  return async () => {
    const values = await take();
    return { values, validations: await validate(values) };
  };
}

/**
 * Standard input carries one value.
 *
 * @param wanting how many secrets of the command need a new value.
 * @throws RekeyError (exit 2) for `--value-stdin` with more or less than one.
 */
export function requireOneForStdin(wanting: number, { valueStdin }: TakingOptions): void {
  if (valueStdin !== true || wanting === 1) return;
  throw RekeyError.usage({
    message: "--value-stdin is for one externally issued secret that gets a new generation",
    path: "--value-stdin",
    allowed: "`stage` or `rotate` of one such secret",
    fix: "name that secret alone, or leave the option out",
  });
}
