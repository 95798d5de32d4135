import type { SecretDeclaration } from "../../components/inventory";
import { readParts } from "../../components/parts";
import { SecretText } from "../../components/secret-text";
import { RekeyError } from "../errors";
import type { PlainMap } from "../yaml-text";
import { CouldNotAsk } from "./ask";
import { issuerOf, issuerPageOf } from "./index";
import type { Answer, IssuedParts, KnownIssuer } from "./issuer";
import { ISSUERS_SETTING, askingOf } from "./settings";

/** What is known of a new value before it is written. */
export interface Validation {
  readonly secret: string;
  readonly outcome: "accepted" | "not validated";
  /** Who accepted it, or why nobody was asked. */
  readonly by: string;
}

/** Holds new values against their issuers; in the order of the secrets it was made for. */
export type Validate = (values: ReadonlyMap<string, SecretText>) => Promise<readonly Validation[]>;

/**
 * Prepares to ask the issuers of these secrets about their new values. What the settings lack shows here, before anybody types a value.
 *
 * @param wanted false for `--no-validate`: then nobody is asked, and every outcome says so.
 * @throws RekeyError (exit 2) for a setting that is missing or wrong.
 */
export function preparedValidation(
  secrets: readonly SecretDeclaration[],
  config: PlainMap,
  wanted = true,
): Validate {
  const checks = secrets.map((secret) => ({
    secret,
    check: wanted ? checkOf(secret, config) : () => unchecked(secret, "--no-validate was given"),
  }));
  return async (values) => {
    const outcomes: Validation[] = [];
    for (const { secret, check } of checks) {
      const value = values.get(secret.name);
      if (value === undefined) throw new Error(`no value of ${secret.name} was taken in`);
      outcomes.push(await check(value));
    }
    return outcomes;
  };
}

/** An outcome in words, for the line under a secret's move. */
export function validationInWords({ outcome, by }: Validation): string {
  return outcome === "accepted"
    ? `its new value was accepted by ${by}`
    : `its new value was not validated: ${by}`;
}

type Check = (value: SecretText) => Validation | Promise<Validation>;

function checkOf(secret: SecretDeclaration, config: PlainMap): Check {
  const issuer = issuerOf(secret);
  const { probe } = issuer ?? {};
  if (issuer === undefined) return () => unchecked(secret, "rekey does not know its issuer");
  if (probe === undefined) return () => unchecked(secret, `${issuer.title} has no way to ask`);
  const asking = askingOf(secret, issuer, config);
  return async (value) => {
    const parts = partsOf(secret, value);
    const misfit = unsendable(parts) ?? issuer.misfit?.(parts);
    if (misfit !== undefined) throw unfit(secret, issuer, misfit);
    const answer = await answered(secret, issuer, probe(parts, asking));
    if (answer === "refused") throw refused(secret, issuer);
    return { secret: secret.name, outcome: "accepted", by: issuer.title };
  };
}

function unchecked({ name }: SecretDeclaration, because: string): Validation {
  return { secret: name, outcome: "not validated", by: because };
}

function partsOf({ parts: names }: SecretDeclaration, value: SecretText): IssuedParts {
  if (names === undefined) return { secret: value };
  const read = readParts(value.reveal(), names);
  if (!("parts" in read)) throw new Error("a value of parts was taken in that has none");
  return Object.fromEntries(
    Object.entries(read.parts).map(([name, part]) => [name, new SecretText(part)]),
  );
}

/** Keys are sent in headers, and what does not fit into one is no key. */
function unsendable(parts: IssuedParts): string | undefined {
  const found = Object.entries(parts).find(([, part]) => !/^[\x21-\x7e]+$/.test(part.reveal()));
  if (found === undefined) return undefined;
  const [name] = found;
  return `${name === "secret" ? "text" : name} holds a space, a line break or a letter that no key has`;
}

async function answered(
  secret: SecretDeclaration,
  { id, title }: KnownIssuer,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CouldNotAsk)) throw error;
    const hint = error.hint === undefined ? "" : `${error.hint}; `;
    throw new RekeyError({
      code: "could-not-ask",
      message: `could not ask ${title} about the new value of ${secret.name}: ${error.message}; nothing was written`,
      path: `${ISSUERS_SETTING}.${id}`,
      fix: `${hint}run the command again when ${title} answers, or go on unchecked with --no-validate`,
      cause: error,
    });
  }
}

function refused(secret: SecretDeclaration, { title }: KnownIssuer): RekeyError {
  return new RekeyError({
    code: "refused-by-issuer",
    exitCode: 2,
    message: `${title} refuses the new value of ${secret.name}; nothing was written`,
    allowed: `a value that ${title} accepts from here`,
    fix: `copy it again, or have a new one issued: ${issuerPageOf(secret) ?? title}`,
  });
}

function unfit(secret: SecretDeclaration, { title }: KnownIssuer, misfit: string): RekeyError {
  return new RekeyError({
    code: "unfit-value",
    exitCode: 2,
    message: `the new value of ${secret.name} is none that ${title} issues: its ${misfit}; nothing was written`,
    fix: `copy it again: ${issuerPageOf(secret) ?? title}`,
  });
}
