import type { Stage, WalkedMove } from "../system";
import type { Tried } from "../trials";
import type { ProjectClouds } from "./clouds";
import { writtenInMove } from "./evidence";
import { pushAfter } from "./push-evidence";

const SEARCH_KEY = "MEILI_API_KEY";

/** Pages without hits that were looked at already. */
const known = new WeakMap<ProjectClouds, number>();

/** Counts what a move wrote to each store, sends messages to the subscribers of the pair that it moved, and counts the pages that were shown without hits while it was made. */
export async function afterMove(
  { clouds }: Stage<ProjectClouds>,
  move: WalkedMove,
  names: readonly string[],
): Promise<Tried[]> {
  return [
    ...(await writtenInMove(clouds, move, names)),
    ...(await pushAfter(clouds, move, names)),
    ...degradedIn(clouds, move === "activate" && names.includes(SEARCH_KEY)),
  ];
}

/** Search knows one key and is alone with its index, so it restarts when that key changes; at no other time may it be missing. */
function degradedIn(clouds: ProjectClouds, restarts: boolean): Tried[] {
  const count = clouds.degraded - (known.get(clouds) ?? 0);
  known.set(clouds, clouds.degraded);
  if (count === 0 && !restarts) return [];
  const when = restarts
    ? "while search restarted with its new key"
    : "while search had no reason to restart";
  return [
    {
      secret: SEARCH_KEY,
      ok: restarts,
      evidence: `degraded answers: ${count} pages were shown without hits ${when}`,
    },
  ];
}
