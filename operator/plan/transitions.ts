import { Move, RotationRecord, Slot, activeGeneration } from "../../components/rotation";

/** The numbers of a record, without what is said beside them. */
export type Numbers = Pick<RotationRecord, "generation" | "active" | "slots">;

/** More moves than anybody makes in one change; bounds the search. */
const MOST_MOVES = 6;

interface Reached {
  readonly numbers: Numbers;
  readonly moves: readonly Move[];
}

/**
 * The shortest sequence of moves that leads from one record to another: empty if the numbers are the same, undefined if there is
 * none. A stage that its own activation follows is a rotate. Found by trying: the moves are few, and so are the slots.
 */
export function movesBetween(
  from: Numbers,
  to: Numbers,
  slots: readonly Slot[],
): Move[] | undefined {
  const goal = keyOf(to);
  const seen = new Set([keyOf(from)]);
  let front: Reached[] = [{ numbers: from, moves: [] }];
  for (let depth = 0; depth <= MOST_MOVES; depth++) {
    const found = front.find(({ numbers }) => keyOf(numbers) === goal);
    if (found) return asRotate(found.moves);
    front = front
      .flatMap((reached) => next(reached, slots))
      .filter(({ numbers }) => numbers.generation <= to.generation && isNew(numbers, seen));
  }
  return undefined;
}

/** True if the numbers of two records are the same, whatever is said beside them. */
export function sameNumbers(one: Numbers, other: Numbers): boolean {
  return keyOf(one) === keyOf(other);
}

function next({ numbers, moves }: Reached, slots: readonly Slot[]): Reached[] {
  const active = activeGeneration(numbers);
  return slots.flatMap((slot): Reached[] => {
    const held = numbers.slots[slot];
    const to = (move: Move, changed: Partial<Numbers>) => ({
      numbers: { ...numbers, ...changed },
      moves: [...moves, move],
    });
    if (held === undefined) {
      const generation = numbers.generation + 1;
      return [to("stage", { generation, slots: { ...numbers.slots, [slot]: generation } })];
    }
    if (held === active) return [];
    const emptied = { slots: withoutSlot(numbers.slots, slot) };
    return held > active
      ? [to("activate", { active: slot }), to("withdraw", emptied)]
      : [to("rollback", { active: slot }), to("retire", emptied)];
  });
}

function withoutSlot(slots: Numbers["slots"], gone: Slot): Numbers["slots"] {
  return Object.fromEntries(Object.entries(slots).filter(([slot]) => slot !== gone));
}

function isNew(numbers: Numbers, seen: Set<string>): boolean {
  const key = keyOf(numbers);
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

function keyOf({ generation, active, slots }: Numbers): string {
  const held = Object.entries(slots).sort(([one], [other]) => one.localeCompare(other));
  return JSON.stringify([generation, active, held]);
}

/** `stage` puts the newest generation into a slot and an `activate` right after it moves to the newest: together they are a rotate. */
function asRotate(moves: readonly Move[]): Move[] {
  const told: Move[] = [];
  for (const move of moves) {
    if (move === "activate" && told.at(-1) === "stage") told[told.length - 1] = "rotate";
    else told.push(move);
  }
  return told;
}
