import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "./errors";

/** What every value that is generated for a developer's environment starts with, so that anybody recognises it wherever it turns up. */
export const TEST_MARK = "dev-test-";

/** Marks of the payment providers whose test mode has keys of its own; staging works with those, production must not. */
const ISSUERS_TEST_MARKS = /^(?:[a-z]{2,5}_test_|FLW(?:SEC|PUB)K_TEST-)/;

/** True for the environment whose generated values carry {@link TEST_MARK}. */
export function isTestEnvironment(environment: string | undefined): boolean {
  return environment === "dev";
}

/** A plain name, such as a key's id, with the mark where the environment asks for it. */
export function markedName(name: string, environment: string | undefined): string {
  return isTestEnvironment(environment) ? `${TEST_MARK}${name}` : name;
}

/** A generated value, marked secret, with the mark in front where the environment asks for it. */
export function markedValue(
  value: pulumi.Output<string>,
  environment: string | undefined,
): pulumi.Output<string> {
  const secret = pulumi.secret(value);
  return isTestEnvironment(environment) ? pulumi.interpolate`${TEST_MARK}${secret}` : secret;
}

/**
 * Holds an externally issued value against the environment it is for: a developer's value (`dev-test-…`) is refused outside dev, a
 * payment provider's test key in prod. Without an environment nothing is refused.
 *
 * @throws ConfigurationError naming the setting and never the value, not even in part.
 */
export function refuseTestValue(
  path: string,
  secret: string,
  value: string,
  environment: string | undefined,
): void {
  const ours = value.startsWith(TEST_MARK);
  const refused =
    environment === "prod"
      ? ours || ISSUERS_TEST_MARKS.test(value)
      : ours && environment !== undefined && !isTestEnvironment(environment);
  if (!refused) return;
  throw new ConfigurationError({
    path,
    problem: `holds a test value, and the environment is ${environment}`,
    allowed: ours
      ? `a value that was issued for ${environment}: none that starts with ${TEST_MARK}`
      : "a key of the issuer's live mode",
    fix: `have the issuer make a key for ${environment}, then \`rekey stage ${secret}\`; a value that nothing uses yet is replaced by \`pulumi config rm --path '${path}'\` and \`rekey intake ${secret}\``,
  });
}
