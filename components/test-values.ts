import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "./errors";

/** What every value that is generated for a developer's environment starts with, so that anybody recognises it wherever it turns up. */
export const TEST_MARK = "dev-test-";

/** Marks of the payment providers whose test mode has keys of its own; staging works with those, production must not. */
const ISSUERS_TEST_MARKS = /^(?:[a-z]{2,5}_test_|FLW(?:SEC|PUB)K_TEST-)/;

/** Their marks of the live mode, where real money moves. A developer's environment must not have one. */
const ISSUERS_LIVE_MARKS = /^(?:[a-z]{2,5}_live_|FLW(?:SEC|PUB)K-)/;

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
 * payment provider's test key in prod and its live key in dev. Without an environment nothing is refused.
 *
 * @throws ConfigurationError naming the setting and never the value, not even in part.
 */
export function refuseTestValue(
  path: string,
  secret: string,
  value: string,
  environment: string | undefined,
): void {
  const refused = refusalOf(value, environment);
  if (refused === undefined) return;
  throw new ConfigurationError({
    path,
    problem: `holds ${refused.what}, and the environment is ${environment}`,
    allowed: refused.allowed,
    fix: `have the issuer make a key for ${environment}, then \`rekey stage ${secret}\`; a value that nothing uses yet is replaced by \`pulumi config rm --path '${path}'\` and \`rekey intake ${secret}\``,
  });
}

function refusalOf(
  value: string,
  environment: string | undefined,
): { readonly what: string; readonly allowed: string } | undefined {
  if (environment === undefined) return undefined;
  if (isTestEnvironment(environment))
    return ISSUERS_LIVE_MARKS.test(value)
      ? { what: "a live key", allowed: "a key of the issuer's test mode" }
      : undefined;
  if (value.startsWith(TEST_MARK))
    return {
      what: "a test value",
      allowed: `a value that was issued for ${environment}: none that starts with ${TEST_MARK}`,
    };
  return environment === "prod" && ISSUERS_TEST_MARKS.test(value)
    ? { what: "a test value", allowed: "a key of the issuer's live mode" }
    : undefined;
}
