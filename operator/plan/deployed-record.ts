import type { RotationRecord, Slot } from "../../components/rotation";
import type { PlannedGeneration } from "./document";
import type { Numbers } from "./transitions";

/**
 * A record with the deployed numbers, once for each generation that the state marks as in use (two after an update that failed
 * half-way). Slots that the state does not tell are those of the records. Empty where a slot stays unknown.
 *
 * @param next the highest generation that counts as issued follows from what comes after it: the state holds live ones only.
 */
export function asRecords(
  live: readonly PlannedGeneration[],
  next: Numbers,
  base: RotationRecord | undefined,
): Numbers[] {
  const slots: Record<Slot, number> = {};
  for (const { generation, slot } of live) {
    const place = slot ?? slotIn(base, generation) ?? slotIn(next, generation);
    if (place === undefined || slots[place] !== undefined) return [];
    slots[place] = generation;
  }
  const highest = Math.max(...live.map(({ generation }) => generation));
  const coming = Object.values(next.slots).filter((generation) => generation > highest);
  const generation = coming.length === 0 ? next.generation : Math.min(...coming) - 1;
  return live
    .filter(({ state }) => state === "active")
    .map((one) => slotIn({ slots }, one.generation))
    .filter((active) => active !== undefined)
    .map((active) => ({ generation: Math.max(highest, generation), active, slots }));
}

function slotIn(record: Pick<RotationRecord, "slots"> | undefined, generation: number) {
  return Object.keys(record?.slots ?? {}).find((slot) => record?.slots[slot] === generation);
}
