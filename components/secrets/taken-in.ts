import * as pulumi from "@pulumi/pulumi";
import { EXTERNAL, externalValue } from "../external";
import { SecretGeneration } from "../generations";
import { LiveGeneration, liveGenerations } from "../rotation";
import { refuseTestValue } from "../test-values";
import type { ExternalKeyArgs } from "./external-key";

/**
 * The live generations of a secret that is issued elsewhere, each with its value or the store's reference to it, lowest first.
 *
 * @throws ConfigurationError where one has no value, or a test value that its environment refuses.
 */
export function takenIn(args: ExternalKeyArgs): SecretGeneration[] {
  return liveGenerations(args.record).map((live) => taken(live, args));
}

function taken(
  live: LiveGeneration,
  { secret, values, environment }: ExternalKeyArgs,
): SecretGeneration {
  const found = externalValue(secret, live, values);
  if ("version" in found) return { ...live, storeVersion: found.version };
  refuseTestValue(`${EXTERNAL}.${secret}.${live.slot}`, secret, found.value, environment);
  return { ...live, value: pulumi.secret(found.value) };
}
