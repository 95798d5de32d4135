import type { SecretDeclaration } from "../../components/inventory";
import { periodOf } from "../../components/periods";
import {
  Move,
  RotationRecord,
  activeGeneration,
  liveGenerations,
  slotNames,
} from "../../components/rotation";
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
  readonly status: DueStatus;
  /** The move that comes next for a secret that is due: what is in the way first. Null for one that is not. */
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
 * The age of every secret that its record rotates, the most urgent first; those whose age nobody knows stand before those that are fine.
 * What a rotation function rotates has a schedule of its own in its store, and a record that knows nothing of it.
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
  const status = statusOf(daysLeft, within);
  return {
    secret: secret.name,
    class: secret.class,
    system: secret.system,
    group: secret.group,
    tier: tierOf(secret) ?? null,
    source: secret.source,
    stores: secret.stores,
    generation: activeGeneration(record),
    at: record.at ?? null,
    ageDays,
    periodDays,
    dueOn: daysLeft === null ? null : dayAfter(date, daysLeft),
    daysLeft,
    status,
    next: status === "overdue" || status === "due" ? nextMove(secret, record) : null,
  };
}

function statusOf(daysLeft: number | null, within: number): DueStatus {
  if (daysLeft === null) return "unknown";
  if (daysLeft < 0) return "overdue";
  return daysLeft <= within ? "due" : "fine";
}

/** The least that interrupts: two updates where that helps, and a slot must be empty before anything is staged. */
function nextMove(secret: SecretDeclaration, record: RotationRecord): Move {
  const live = liveGenerations(record);
  if (live.some(({ state }) => state === "staged")) return "activate";
  if (live.length >= slotNames(secret.slots).length) return "retire";
  const gentler = secret.interruption !== secret.interruptionInOneUpdate;
  return secret.accepts === "many" && gentler ? "stage" : "rotate";
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const URGENCY: readonly DueStatus[] = ["overdue", "due", "unknown", "fine"];

function byUrgency(one: LedgerEntry, other: LedgerEntry): number {
  const states = URGENCY.indexOf(one.status) - URGENCY.indexOf(other.status);
  return states !== 0 ? states : (one.daysLeft ?? 0) - (other.daysLeft ?? 0);
}
