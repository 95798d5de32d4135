import { z } from "zod";
import { ConfigurationError } from "./errors";
import {
  AT_REST,
  HIGHEST_GENERATION,
  LiveGeneration,
  RotationRecord,
  SLOT_COUNT,
  Slot,
  liveGenerations,
  slotNames,
} from "./rotation";

/** The setting that holds every record. */
export const ROTATIONS = "rekey:rotations";

/** What the reader of records must know of a secret: its name and how many slots it has (2 unless it says so). */
export interface Slotted {
  readonly name: string;
  readonly slots?: number;
  /**
   * The secret of which this one is another part, such as the private half of a pair: it has no record of its own, and every move of
   * that one moves it too.
   */
  readonly movesWith?: string;
}

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** The 30th of February parses, as the 2nd of March: a time is one only if its day and hour survive the round trip. */
function isCalendarTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === text.slice(0, 19);
}

const generation = z.number().int().min(1).max(HIGHEST_GENERATION);
const instant = z.string().regex(UTC).refine(isCalendarTime);
const note = z.string().min(1).max(500);
const shape = z.strictObject({
  generation,
  active: z.string(),
  slots: z.record(z.string(), generation),
  at: instant.optional(),
  reason: note.optional(),
  by: note.optional(),
  graceEnds: instant.optional(),
  skipped: note.optional(),
});

const ALLOWED: Record<string, string> = {
  generation: `a whole number from 1 to ${HIGHEST_GENERATION}, the highest generation ever issued`,
  active: "the name of a slot that holds a generation",
  slots: "slot names with the generation that each holds; an empty slot is left out",
  at: "a UTC time such as '2026-01-31T12:00:00Z', in quotes",
  graceEnds: "a UTC time such as '2026-01-31T12:00:00Z', in quotes",
  reason: "a text of 1 to 500 characters",
  by: "a text of 1 to 500 characters",
  skipped: "a text of 1 to 500 characters; `rekey emergency` writes it",
};

/**
 * Reads `rekey:rotations`, the only place where records enter. A secret without an entry is at rest with generation 1 in slot a.
 *
 * @throws ConfigurationError naming the setting's path, what is allowed and the edit that mends it.
 */
export function readRecords(
  raw: unknown,
  secrets: readonly Slotted[],
): ReadonlyMap<string, RotationRecord> {
  if (raw !== undefined && (typeof raw !== "object" || raw === null || Array.isArray(raw)))
    throw refused(ROTATIONS, "is not a map", "one record for each secret's name");
  const records = (raw ?? {}) as Record<string, unknown>;
  const known = new Map(secrets.map((secret) => [secret.name, secret]));
  for (const name of Object.keys(records)) {
    if (!known.has(name))
      throw refused(
        `${ROTATIONS}.${name}`,
        "names no secret of the systems in `rekey:systems`",
        [...known.keys()].join(", ") || "nothing: no system is chosen",
        "correct the name or remove the entry",
      );
    const leader = known.get(name)?.movesWith;
    if (leader !== undefined)
      throw refused(
        `${ROTATIONS}.${name}`,
        `${name} has no record of its own: it moves with ${leader}`,
        `a record for ${leader} only`,
        `remove the entry; \`rekey rotate ${leader}\` moves both`,
      );
  }
  return new Map(
    secrets.map((secret) => {
      const leader = known.get(secret.movesWith ?? "") ?? secret;
      const entry = Object.hasOwn(records, leader.name) ? records[leader.name] : undefined;
      return [secret.name, entry === undefined ? AT_REST : readRecord(entry, leader)];
    }),
  );
}

/** Reads one record and holds it against the rules of the model; see {@link readRecords}. */
export function readRecord(raw: unknown, secret: Slotted): RotationRecord {
  const path = `${ROTATIONS}.${secret.name}`;
  const parsed = shape.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const where = [path, ...(issue?.path ?? []).map(String), ...(unknown ? [unknown] : [])].join(
      ".",
    );
    const field = String(unknown ? "" : (issue?.path[0] ?? ""));
    throw refused(
      where,
      unknown ? "is no part of a record" : "is missing or of the wrong kind",
      ALLOWED[field] ?? Object.keys(ALLOWED).join(", "),
    );
  }
  const record = withoutUndefined(parsed.data);
  checkSlots(record, path, slotNames(secret.slots ?? SLOT_COUNT.usual));
  return record;
}

function checkSlots(record: RotationRecord, path: string, names: readonly Slot[]): void {
  const holders = new Map<number, Slot>();
  for (const [slot, held] of Object.entries(record.slots)) {
    const where = `${path}.slots.${slot}`;
    if (!names.includes(slot)) throw refused(where, "is no slot of this secret", names.join(", "));
    if (held > record.generation)
      throw refused(
        where,
        `holds generation ${held}, above the highest issued (${record.generation})`,
        `1 to ${record.generation}`,
        `set ${path}.generation to ${held} or correct the slot`,
      );
    const twin = holders.get(held);
    if (twin !== undefined)
      throw refused(
        where,
        `holds generation ${held}, which slot ${twin} holds too`,
        "a generation lives in one slot only",
      );
    holders.set(held, slot);
  }
  if (!Object.hasOwn(record.slots, record.active))
    throw refused(
      `${path}.active`,
      `names slot ${JSON.stringify(record.active)}, which is empty`,
      Object.keys(record.slots).join(", ") || "a slot that holds a generation; none does",
    );
  if (record.graceEnds !== undefined && !liveGenerations(record).some(inGrace))
    throw refused(
      `${path}.graceEnds`,
      "ends a grace that nothing is in",
      "only beside a generation in grace",
      "remove graceEnds",
    );
}

function inGrace(live: LiveGeneration): boolean {
  return live.state === "grace";
}

function refused(
  path: string,
  problem: string,
  allowed: string,
  fix = `edit ${path} in Pulumi.<stack>.yaml, or make the move with \`rekey\` instead of by hand`,
): ConfigurationError {
  return new ConfigurationError({ path, problem, allowed, fix });
}

function withoutUndefined(record: z.infer<typeof shape>): RotationRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as RotationRecord;
}
