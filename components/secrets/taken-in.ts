import * as pulumi from "@pulumi/pulumi";
import { EXTERNAL, externalValue } from "../external";
import { SecretGeneration } from "../generations";
import { LiveGeneration, liveGenerations } from "../rotation";
import { refuseTestValue } from "../test-values";
import type { ExternalKeyArgs } from "./external-key";
import { intakeValue } from "./intake-value";

/**
 * The live generations of a secret that is issued elsewhere, each with its value or the store's reference to it, lowest first.
 *
 * @param name names the resources of values that were taken in past the program; `parent` holds them.
 * @throws ConfigurationError where one has no value, or a test value that its environment refuses.
 */
export function takenIn(
  name: string,
  args: ExternalKeyArgs,
  parent: pulumi.Resource,
): SecretGeneration[] {
  return liveGenerations(args.record).map((live) => taken(name, live, args, parent));
}

function taken(
  name: string,
  live: LiveGeneration,
  { secret, values, environment, beforeRetirement }: ExternalKeyArgs,
  parent: pulumi.Resource,
): SecretGeneration {
  const found = externalValue(secret, live, values);
  if ("version" in found) return { ...live, storeVersion: found.version };
  if ("intake" in found) {
    const args = { live, reference: found.intake, beforeRetirement };
    return { ...live, value: intakeValue(name, args, parent) };
  }
  refuseTestValue(`${EXTERNAL}.${secret}.${live.slot}`, secret, found.value, environment);
  return { ...live, value: pulumi.secret(found.value) };
}
