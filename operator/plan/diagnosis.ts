import { Slot, activeGeneration } from "../../components/rotation";
import type { RuleId } from "./rules";
import { Numbers, movesBetween } from "./transitions";

/** What is wrong with a change of one record. */
export interface Diagnosis {
  readonly rule: RuleId;
  /** Below the record: `slots.a`, `active`, `generation`; empty for the record as a whole. */
  readonly at: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a record is compared with: the base of the change, or what the state says is deployed. */
export type Against = "base" | "deployed";

interface Comparison {
  readonly from: Numbers;
  readonly to: Numbers;
  readonly against: Against;
  readonly name: string;
}

/**
 * What is wrong with a record as the successor of another. The moves may be legal one by one: two of them in one update can still
 * take the value in use away, or end a grace before its successor is verified.
 */
export function diagnose(
  name: string,
  from: Numbers,
  to: Numbers,
  slots: readonly Slot[],
  against: Against,
): Diagnosis[] {
  const comparison = { from, to, against, name };
  const found = [
    ...numbersOf(comparison),
    ...bumped(comparison),
    ...severalChanged(comparison),
    ...renamed(comparison),
    ...refilled(comparison),
    ...retiredTooSoon(comparison),
  ];
  if (found.length > 0 || against === "deployed" || movesBetween(from, to, slots)) return found;
  return [unreachable(comparison)];
}

function numbersOf({ from, to, against, name }: Comparison): Diagnosis[] {
  const before = new Set(Object.values(from.slots));
  const reused = Object.entries(to.slots).filter(
    ([, held]) => held <= from.generation && !before.has(held),
  );
  const lowered =
    to.generation < from.generation
      ? [
          {
            rule: "generation-lowered" as const,
            at: "generation",
            message: `the highest generation goes from ${from.generation} down to ${to.generation}, ${place(against)}`,
            remedy: `set it to ${from.generation} or above`,
          },
        ]
      : [];
  return [
    ...lowered,
    ...reused.map(([slot, held]) => ({
      rule: "generation-reused" as const,
      at: `slots.${slot}`,
      message: `slot ${slot} gets generation ${held}, which was issued before and is not live ${place(against)}`,
      remedy: `a retired generation does not come back; rotate forward: \`rekey rotate ${name}\``,
    })),
  ];
}

/** The slot in use gets another value: nothing is left of the one that consumers use. */
function bumped({ from, to, against, name }: Comparison): Diagnosis[] {
  const held = to.slots[from.active];
  const active = activeGeneration(from);
  if (held === undefined || held === active || isLive(from, held)) return [];
  return [
    {
      rule: "active-slot-bumped",
      at: `slots.${from.active}`,
      message: `slot ${from.active} holds generation ${active}, which is in use ${place(against)}, and gets ${held}`,
      remedy: `put ${active} back into slot ${from.active}, then \`rekey rotate ${name}\``,
    },
  ];
}

function severalChanged({ from, to, against }: Comparison): Diagnosis[] {
  const changed = Object.entries(to.slots)
    .filter(([slot, held]) => from.slots[slot] !== held && !isLive(from, held))
    .map(([slot]) => slot);
  if (changed.length < 2 || changed.every((slot) => from.slots[slot] === undefined)) return [];
  return [
    {
      rule: "several-slots-changed",
      at: "slots",
      message: `slots ${changed.join(" and ")} get new generations at once, compared with ${place(against, "what is")}`,
      remedy: "change one slot; the other holds the way back",
    },
  ];
}

function renamed({ from, to, against }: Comparison): Diagnosis[] {
  return Object.entries(from.slots).flatMap(([slot, held]) => {
    const moved = Object.keys(to.slots).find((other) => to.slots[other] === held);
    if (moved === undefined || moved === slot) return [];
    return [
      {
        rule: "slot-renamed" as const,
        at: `slots.${moved}`,
        message: `generation ${held} lives in slot ${slot} ${place(against)} and is to live in slot ${moved}`,
        remedy: `put generation ${held} back into slot ${slot}`,
      },
    ];
  });
}

/** A slot that is not in use holds a generation, and gets the next one in the same update. */
function refilled({ from, to, against, name }: Comparison): Diagnosis[] {
  return Object.entries(from.slots).flatMap(([slot, held]) => {
    const filled = to.slots[slot];
    if (slot === from.active || filled === undefined || filled === held) return [];
    if (isLive(from, filled)) return [];
    const first = held < activeGeneration(from) ? "retire" : "withdraw";
    return [
      {
        rule: "stage-into-grace" as const,
        at: `slots.${slot}`,
        message: `slot ${slot} still holds generation ${held} ${place(against)}, and gets ${filled}`,
        remedy:
          against === "base"
            ? `two changes: \`rekey ${first} ${name}\` and \`rekey up\`, then the stage`
            : `empty slot ${slot} in a change of its own, \`rekey up\`, then the stage`,
      },
    ];
  });
}

function retiredTooSoon({ from, to, against, name }: Comparison): Diagnosis[] {
  const active = activeGeneration(from);
  // A lowered or bumped record has lost it for another reason, which is told already.
  if (isLive(to, active) || to.slots[from.active] !== undefined) return [];
  if (against === "deployed")
    return [
      {
        rule: "retires-active",
        at: "slots",
        message: `generation ${active} is in use by the deployed state and is in no slot here`,
        remedy: `put ${active} back into slot ${from.active}; \`rekey up\`; then \`rekey retire ${name}\``,
      },
    ];
  return [
    {
      rule: "retires-with-activation",
      at: "slots",
      message: `generation ${active} is in use at the base and is in no slot here, in the change that makes slot ${to.active} active`,
      remedy: `put ${active} back into slot ${from.active}; retire it in a change of its own, after \`rekey up\``,
    },
  ];
}

function unreachable({ from, to, name }: Comparison): Diagnosis {
  if (to.generation > from.generation)
    return {
      rule: "generation-skipped",
      at: "generation",
      message: `the highest generation goes from ${from.generation} to ${to.generation}`,
      remedy: `a stage raises it by one: \`rekey stage ${name}\``,
    };
  return {
    rule: "unknown-move",
    at: "",
    message: "no sequence of moves leads from the record at the base to this one",
    remedy: `take the base's record and make the move with \`rekey\``,
  };
}

function isLive({ slots }: Numbers, generation: number): boolean {
  return Object.values(slots).includes(generation);
}

function place(against: Against, what = ""): string {
  return [what, against === "base" ? "at the base" : "by the deployed state"]
    .filter(Boolean)
    .join(" ");
}
