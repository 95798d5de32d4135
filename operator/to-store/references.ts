import { externalOf } from "../external";
import { PlannedMove, emptiedSlots } from "../moves";
import type { OpenProject } from "../project";
import type { KnownResource } from "../recovery/state";
import { PlainMap, isPlainMap } from "../yaml-text";
import { isAwsVersion, unlabelInAws } from "./aws";
import { Clouds, askStore, openClouds } from "./clouds";
import { disableInGoogle } from "./google";
import { referenceIn } from "./reference";
import { deleteInVault } from "./vault";

interface Reference {
  readonly version: string;
  readonly generation: number;
}

/**
 * Takes the versions of withdrawn generations out of use where no update has taken them over: their values were put into a store, and there they would
 * stay, readable and known to nobody. What an update knows is left to the next one. Opens the stack only where a withdrawn generation is such a reference.
 */
export async function releaseWithdrawn(
  open: OpenProject,
  planned: readonly PlannedMove[],
): Promise<void> {
  const external = externalOf(open.file);
  const withdrawn = planned.flatMap((one) =>
    one.move === "withdraw" ? emptied(one, external) : [],
  );
  if (withdrawn.length === 0) return;
  const clouds = await openClouds(open);
  try {
    for (const one of withdrawn) if (!isKnown(one, clouds.resources)) await takeOut(one, clouds);
  } finally {
    clouds.cloud.close();
  }
}

function emptied(move: PlannedMove, external: Readonly<Record<string, PlainMap>>): Reference[] {
  return emptiedSlots(move.from, move.to).flatMap(
    (slot) => referenceOf(move, slot, external) ?? [],
  );
}

function referenceOf(
  { secret: { name } }: PlannedMove,
  slot: string,
  external: Readonly<Record<string, PlainMap>>,
): Reference | undefined {
  const entry = external[name]?.[slot];
  const version = referenceIn(entry);
  if (version === undefined || !isPlainMap(entry)) return undefined;
  return { version, generation: Number(entry.generation) };
}

/** Google tells a version by the project's number, too. */
function isKnown({ version }: Reference, resources: readonly KnownResource[]): boolean {
  const own = tail(version);
  return resources.some(({ id }) => id !== undefined && tail(id) === own);
}

function tail(version: string): string {
  return isGoogleVersion(version) ? version.slice(version.indexOf("/secrets/")) : version;
}

function isGoogleVersion(version: string): boolean {
  return version.startsWith("projects/");
}

function takeOut({ version, generation }: Reference, { cloud }: Clouds): Promise<void> {
  return askStore(() => {
    if (isAwsVersion(version)) return unlabelInAws(version, generation, cloud.secretsManager());
    return isGoogleVersion(version)
      ? disableInGoogle(version, cloud.google().secretManager)
      : deleteInVault(version, cloud.vault());
  }, "run the command again: what is out of use already is passed over");
}
