import { ConfigurationError } from "../components/errors";
import { EXTERNAL, ExternalValues, externalValue } from "../components/external";
import type { SecretDeclaration } from "../components/inventory";
import { readParts } from "../components/parts";
import { RotationRecord, liveGenerations } from "../components/rotation";

/**
 * Holds the values of a secret that is made of parts against its declaration, before any resource is declared: in an `apply` the engine
 * would have begun already, and whoever waits for the part would wait for ever.
 *
 * @throws ConfigurationError naming the slot, with no word of its value.
 */
export function checkParts(
  { name, parts }: SecretDeclaration,
  record: RotationRecord,
  external: ExternalValues,
): void {
  if (parts === undefined) return;
  for (const live of liveGenerations(record)) {
    const found = externalValue(name, live, external[name] ?? {});
    const read = "value" in found && readParts(found.value, parts);
    if (!read || "parts" in read) continue;
    const path = `${EXTERNAL}.${name}.${live.slot}`;
    const document = Object.fromEntries(parts.map((part) => [part, "…"]));
    throw new ConfigurationError({
      path: `${path}.value`,
      problem: `the value of generation ${live.generation} ${read.problem}`,
      allowed: `the JSON text ${JSON.stringify(document)}`,
      fix: `pulumi config rm --path '${path}' && rekey intake ${name}, which asks for every part`,
    });
  }
}
