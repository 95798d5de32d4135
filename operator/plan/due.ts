import type { SecretDeclaration } from "../../components/inventory";
import { periodOf } from "../../components/periods";
import {
  Move,
  RotationRecord,
  activeGeneration,
  liveGenerations,
  slotNames,
} from "../../components/rotation";
import { graceEndOf } from "../grace";
import { daysUntil } from "./ages";
import { tierOf } from "./order";

/** How a secret's age stands: over its period, within the days of notice, fine, or not told by its record. */
export type DueStatus = "overdue" | "due" | "fine" | "unknown";

/** One line of the ledger: a secret's age by its record, whatever its stores say. */
export interface LedgerEntry {
  readonly secret: string;
  readonly class: string;
  readonly system: string;
  readonly group: string;
  readonly tier: string | null;
  /** The secret that it moves with; null for one that moves by itself. */
  readonly movesWith: string | null;
  readonly source: "generated" | "external";
  readonly stores: readonly string[];
  readonly generation: number;
  /** When it became active, UTC; null where the record does not say. */
  readonly at: string | null;
  readonly ageDays: number | null;
  readonly periodDays: number;
  /** The last day that the period allows. */
  readonly dueOn: string | null;
  /** Negative once it is over. */
  readonly daysLeft: number | null;
  /** When what is in grace is due to be retired, UTC: by the record, or the declared hours after the activation. Null where nothing is, or nobody says. */
  readonly graceEnds: string | null;
  /** `due` also while a grace is over and its generation still there. */
  readonly status: DueStatus;
  /**
   * The move that comes next for a secret that is due, overdue or of unknown age: what is in the way first. Null for one that is fine,
   * and for a backup's key without an empty slot: which of its generations may go, only a person can tell.
   */
  readonly next: Move | null;
}

/** The ledger of a stack on a day. */
export interface Ledger {
  readonly schema: "rekey-due/1";
  readonly stack: string;
  readonly environment: string;
  readonly date: string;
  /** Days of notice. */
  readonly within: number;
  readonly secrets: readonly LedgerEntry[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the ledger is made of. */
export interface LedgerInput {
  readonly stack: string;
  readonly environment: string;
  readonly date: string;
  readonly within: number;
  readonly secrets: readonly SecretDeclaration[];
  readonly records: ReadonlyMap<string, RotationRecord>;
}

/**
 * The age of every secret that its record rotates, the most urgent first; those whose age nobody knows stand before those that are fine,
 * and are rotated too. What a rotation function rotates has a schedule of its own in its store, and a record that knows nothing of it.
 */
export function ledgerOf(input: LedgerInput): Ledger {
  const { stack, environment, date, within, secrets, records } = input;
  const entries = secrets.flatMap((secret) => {
    const record = records.get(secret.name);
    const ours = record !== undefined && secret.rotatedByFunction === undefined;
    return !ours ? [] : [entryOf(secret, record, input)];
  });
  return {
    schema: "rekey-due/1",
    stack,
    environment,
    date,
    within,
    secrets: entries.sort(byUrgency),
  };
}

function entryOf(
  secret: SecretDeclaration,
  record: RotationRecord,
  { environment, date, within }: LedgerInput,
): LedgerEntry {
  const periodDays = periodOf(secret, environment);
  const ageDays = record.at === undefined ? null : Math.max(0, daysUntil(record.at, date));
  const daysLeft = ageDays === null ? null : periodDays - ageDays;
  const graceEnds = graceEndOf(secret, record) ?? null;
  const ending = endsOn(secret, graceEnds, date);
  const age = statusOf(daysLeft, within);
  const aged = age === "fine" ? null : nextMove(secret, record);
  return {
    secret: secret.name,
    class: secret.class,
    system: secret.system,
    group: secret.group,
    tier: tierOf(secret) ?? null,
    movesWith: secret.movesWith ?? null,
    source: secret.source,
    stores: secret.stores,
    generation: activeGeneration(record),
    at: record.at ?? null,
    ageDays,
    periodDays,
    dueOn: daysLeft === null ? null : dayAfter(date, daysLeft),
    daysLeft,
    graceEnds,
    status: age === "fine" && ending ? "due" : age,
    next: age === "fine" && ending ? "retire" : aged,
  };
}

/** True where a grace is over. The key of earlier backups is retired by its name only: nothing else opens them. */
function endsOn(secret: SecretDeclaration, graceEnds: string | null, date: string): boolean {
  return graceEnds !== null && secret.class !== "backup-key" && daysUntil(graceEnds, date) > 0;
}

function statusOf(daysLeft: number | null, within: number): DueStatus {
  if (daysLeft === null) return "unknown";
  if (daysLeft < 0) return "overdue";
  return daysLeft <= within ? "due" : "fine";
}

/** The least that interrupts: two updates where that helps, and a slot must be empty before anything is staged. */
function nextMove(secret: SecretDeclaration, record: RotationRecord): Move | null {
  const live = liveGenerations(record);
  if (live.some(({ state }) => state === "staged")) return "activate";
  if (live.length >= slotNames(secret.slots).length)
    return secret.class === "backup-key" ? null : "retire";
  const gentler = secret.interruption !== secret.interruptionInOneUpdate;
  return secret.accepts === "many" && gentler ? "stage" : "rotate";
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The moves in the order in which they are made: what makes room comes first. */
const ORDER = ["retire", "stage", "rotate", "activate"] as const;

/**
 * What can be done without a person, by move: a new value of a key that somebody else issues is to be brought, and a secret that moves with
 * another is moved by that.
 */
export function movesOf({ secrets }: Ledger): { readonly move: Move; readonly names: string[] }[] {
  const free = secrets.filter(
    ({ movesWith, source, next }) =>
      movesWith === null && (source === "generated" || next === "retire" || next === "activate"),
  );
  return ORDER.map((move) => ({
    move,
    names: free.filter(({ next }) => next === move).map(({ secret }) => secret),
  })).filter(({ names }) => names.length > 0);
}

const URGENCY: readonly DueStatus[] = ["overdue", "due", "unknown", "fine"];

function byUrgency(one: LedgerEntry, other: LedgerEntry): number {
  const states = URGENCY.indexOf(one.status) - URGENCY.indexOf(other.status);
  return states !== 0 ? states : (one.daysLeft ?? 0) - (other.daysLeft ?? 0);
}
