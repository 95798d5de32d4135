import ask from "@inquirer/password";
import { SecretText } from "../components/secret-text";
import type { Found } from "./adopt";
import { DATABASE } from "./adopt-settings";
import { RekeyError } from "./errors";
import { standardInput } from "./standard-input";
import { readValue } from "./intake";
import { readValues } from "./intake-map";

/** How what the store does not hold comes in. */
export interface AdoptIntake {
  readonly databaseUser?: string;
  readonly passwordStdin?: boolean;
  readonly valueStdin?: boolean;
}

/** What came in. */
export interface TakenIn {
  /** Of the database user in use; only where its credential is adopted. */
  readonly password?: SecretText;
  /** By the name of the secret that the store does not hold yet. */
  readonly values: ReadonlyMap<string, SecretText>;
}

/** What comes in where nothing is asked. */
export const NOTHING: TakenIn = { values: new Map() };

/**
 * Refuses ways to take values in that do not fit together, or to what is missing.
 *
 * @throws RekeyError (exit 2).
 */
export function requireFitting(
  missing: readonly Found[],
  { passwordStdin, valueStdin }: AdoptIntake,
): void {
  if (valueStdin !== true) return;
  if (passwordStdin === true) throw bothOnStdin();
  if (missing.length === 0) throw noneMissing();
}

/** Takes in the password in use and every value that is missing, before anything is changed. */
export async function takeIn(
  missing: readonly Found[],
  database: boolean,
  options: AdoptIntake,
): Promise<TakenIn> {
  const wanted = missing.map(({ secret }) => secret);
  if (options.valueStdin === true) {
    const values = await readValues({ wanted });
    return database ? { password: await databasePassword(options), values } : { values };
  }
  const password = database ? await databasePassword(options) : undefined;
  const values = new Map<string, SecretText>();
  for (const secret of wanted) values.set(secret.name, await readValue(secret, {}));
  return password ? { password, values } : { values };
}

async function databasePassword(options: AdoptIntake): Promise<SecretText> {
  if (options.passwordStdin === true) {
    return new SecretText((await standardInput()).replace(/\r?\n$/, ""));
  }
  if (!process.stdin.isTTY)
    throw RekeyError.usage({
      message: "there is no terminal to ask for the database user's password",
      path: "--password-stdin",
      allowed: "the password on standard input",
      fix: "… | rekey adopt --password-stdin",
    });
  return new SecretText(
    await ask(
      { message: `Password of ${options.databaseUser}`, mask: false },
      { output: process.stderr },
    ),
  );
}

function noneMissing(): RekeyError {
  return RekeyError.usage({
    message: "--value-stdin is for values that the store does not hold yet, and none is missing",
    path: "--value-stdin",
    allowed: "secrets of which the store holds nothing",
    fix: "leave the option out",
  });
}

function bothOnStdin(): RekeyError {
  return RekeyError.usage({
    message: "standard input holds either the database user's password or missing values, not both",
    path: "--password-stdin, --value-stdin",
    allowed: "one of the two",
    fix: `adopt ${DATABASE} with --password-stdin in one call, and the others by name with --value-stdin in another`,
  });
}
