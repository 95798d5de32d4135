import { RekeyError } from "../errors";
import { externalOf } from "../external";
import { PlannedMove, emptiedSlots } from "../moves";
import type { OpenProject } from "../project";
import type { KnownResource } from "../recovery/state";
import { PlainMap, isPlainMap } from "../yaml-text";
import { isAwsVersion, unlabelInAws } from "./aws";
import { Clouds, askStore, openClouds } from "./clouds";
import { disableInGoogle } from "./google";

interface Reference {
  readonly secret: string;
  readonly version: string;
  readonly generation: number;
}

/**
 * Sees to the moves of generations whose value was put into a store and that no update has taken over yet: a withdrawn one would stay there, readable
 * and known to nobody, so its version is taken out of use here; and AWSCURRENT could not move to one, so its activation is refused. Does nothing
 * for every other move, and then opens no stack.
 *
 * @param dry true where nothing may be changed.
 * @throws RekeyError (exit 2) for an activation that needs an update first.
 */
export async function settleReferences(
  open: OpenProject,
  planned: readonly PlannedMove[],
  dry: boolean,
): Promise<void> {
  const external = externalOf(open.file);
  const withdrawn = planned.flatMap((one) =>
    one.move === "withdraw" ? emptied(one, external) : [],
  );
  const activated = planned
    .flatMap((one) => (one.move === "activate" ? [referenceIn(one, one.to.active, external)] : []))
    .filter((one) => one !== undefined && isAwsVersion(one.version)) as Reference[];
  if (withdrawn.length + activated.length === 0) return;
  const clouds = await openClouds(open);
  try {
    const early = activated.filter((one) => !isKnown(one, clouds.resources));
    if (early.length > 0) throw tooEarly(early, open.stack);
    const orphaned = withdrawn.filter((one) => !isKnown(one, clouds.resources));
    if (!dry) for (const one of orphaned) await takeOut(one, clouds);
  } finally {
    clouds.cloud.close();
  }
}

function emptied(move: PlannedMove, external: Readonly<Record<string, PlainMap>>): Reference[] {
  return emptiedSlots(move.from, move.to).flatMap(
    (slot) => referenceIn(move, slot, external) ?? [],
  );
}

function referenceIn(
  { secret: { name } }: PlannedMove,
  slot: string,
  external: Readonly<Record<string, PlainMap>>,
): Reference | undefined {
  const entry = external[name]?.[slot];
  if (!isPlainMap(entry) || typeof entry.version !== "string") return undefined;
  return { secret: name, version: entry.version, generation: Number(entry.generation) };
}

/** Google tells a version by the project's number, too. */
function isKnown({ version }: Reference, resources: readonly KnownResource[]): boolean {
  const own = tail(version);
  return resources.some(({ id }) => id !== undefined && tail(id) === own);
}

function tail(version: string): string {
  return isAwsVersion(version) ? version : version.slice(version.indexOf("/secrets/"));
}

function takeOut({ version, generation }: Reference, { cloud }: Clouds): Promise<void> {
  return askStore(() =>
    isAwsVersion(version)
      ? unlabelInAws(version, generation, cloud.secretsManager())
      : disableInGoogle(version, cloud.google().secretManager),
  );
}

function tooEarly(early: readonly Reference[], stack: string): RekeyError {
  const names = early.map(({ secret }) => secret);
  return new RekeyError({
    code: "update-first",
    exitCode: 2,
    message: `the new value of ${names.join(", ")} is in AWS Secrets Manager, and no update has taken it over yet: AWSCURRENT moves only to a version that the stack has; nothing was written`,
    path: names.map((name) => `rekey:external.${name}`).join(", "),
    allowed: "the activation of a generation that an update has staged",
    fix: `\`rekey up -s ${stack}\`, then \`rekey activate ${names.join(" ")} -s ${stack}\``,
  });
}
