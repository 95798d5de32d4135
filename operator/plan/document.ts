import { z } from "zod";
import { MOVES } from "../../components/rotation";
import { RULE_IDS } from "./rules";

/** The version of the document's form; raised when a field changes its meaning or goes. */
export const PLAN_SCHEMA = "rekey-plan/1";

/** The most bytes that a plan may have when it is read back: far above a thousand secrets. */
export const MOST_PLAN_BYTES = 4 * 1024 * 1024;

const text = z.string().max(2000);
const name = z.string().min(1).max(200);
const count = z.number().int().min(0).max(1_000_000_000);
const generation = z.number().int().min(1).max(1_000_000);
const slot = z.string().regex(/^[a-h]$/);
const moves = z.array(z.enum(MOVES)).max(20);

const live = z.strictObject({
  generation,
  /** Null where the deployed state does not tell the slot. */
  slot: slot.nullable(),
  state: z.enum(["active", "staged", "grace"]),
});

const finding = z.strictObject({
  rule: z.enum(RULE_IDS),
  level: z.enum(["error", "warning", "note"]),
  /** Null for what concerns the whole stack. */
  secret: name.nullable(),
  /** The setting's path, such as `rekey:rotations.SECRET_KEY.active`. */
  path: z.string().max(500),
  /** The line in the stack's settings file, from 1. */
  line: count.min(1),
  message: text,
  remedy: text,
});

const secret = z.strictObject({
  name,
  class: name,
  system: name,
  group: name,
  tier: name.nullable(),
  accepts: z.enum(["one", "many"]),
  /** True for a value that anybody can read where it is used, such as in a browser. */
  public: z.boolean().default(false),
  /** `new`: declared at the head and not at the base. */
  change: z.enum(["none", "moved", "new", "removed"]),
  /** The moves of this change, base to head; empty when nothing moved or no sequence of moves leads there. */
  moves,
  /** What the next update does: the deployed state to head where the state is known, else the same as `moves`. */
  update: moves,
  /** The active generation and slot before and after the change. Null at the base of a new secret. */
  from: live.nullable(),
  to: live.nullable(),
  /** Every live generation at the head. */
  live: z.array(live).max(8),
  /** What the state says; null where it was not read or does not tell. */
  deployed: z.array(live).max(64).nullable(),
  stores: z.array(text).max(50),
  consumers: z.array(text).max(200),
  /** What the next update interrupts, in words. */
  interruption: text,
  /** How to have less of it; null where there is nothing to gain. */
  advice: text.nullable(),
  /** When the target ends the grace by itself, UTC; null where a `retire` ends it, or nothing is in grace. */
  graceEnds: z.string().max(40).nullable(),
  at: z.string().max(40).nullable(),
  by: text.nullable(),
  reason: text.nullable(),
});

const phase = z.strictObject({
  phase: z.enum(["values", "targets", "stores", "consumers", "verification", "retirement"]),
  steps: z.array(text).max(5000),
});

const writes = z.strictObject({
  /** `<kind>:<place>`, such as `google-secret-manager:example-prod`; the kind alone where the place is not known. */
  store: name,
  writes: count,
  /** In words: `600 a minute for a project`. Null where the store names none. */
  quota: text.nullable(),
  /** At least this long by the quota. */
  seconds: count,
});

/** The form of a plan. Strict and bounded: a plan made by somebody else's code is read as data by this. */
export const planDocument = z.strictObject({
  schema: z.literal(PLAN_SCHEMA),
  /** Part of file names and of the alerts' category. */
  stack: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_.-]+$/),
  environment: name,
  /** The stack's settings file, relative to the repository. */
  file: z
    .string()
    .max(500)
    .regex(/^(?!\/)(?!.*\.\.)[\w./-]+$/),
  /** The commit compared with, and whether the settings file existed there. */
  base: z.strictObject({
    ref: text,
    commit: z.string().regex(/^[0-9a-f]{7,64}$/),
    hadFile: z.boolean(),
  }),
  state: z.enum(["given", "engine", "rehearsed", "none"]),
  /** What the engine's preview of the head does in the rehearsal; null where it was not asked for. */
  preview: z.array(text).max(20_000).nullable(),
  date: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .nullable(),
  /** Secrets that move or whose earlier moves are still to be applied; the others are only counted. */
  secrets: z.array(secret).max(2000),
  unchanged: count,
  /** Secrets that a rotation function rotates, which no record moves; the generation in use is null where the state does not tell. */
  rotatedByFunction: z
    .array(z.strictObject({ name, generation: generation.nullable() }))
    .max(2000)
    .default([]),
  /** A phase may stand there twice: stores are written before the consumers or after them. */
  order: z.array(phase).max(7),
  writes: z.array(writes).max(20),
  findings: z.array(finding).max(5000),
});

/** A rotation plan. */
export type PlanDocument = z.infer<typeof planDocument>;
/** What the plan says of one secret. */
export type SecretPlan = z.infer<typeof secret>;
/** One thing that is wrong or worth a look. */
export type Finding = z.infer<typeof finding>;
/** A generation as the plan shows it. */
export type PlannedGeneration = z.infer<typeof live>;
/** One step of the update's order. */
export type Phase = z.infer<typeof phase>;
/** What the update writes to the stores of one kind in one place. */
export type StoreWrites = z.infer<typeof writes>;

/** True if the plan has a finding of error level: the check fails. */
export function hasErrors({ findings }: Pick<PlanDocument, "findings">): boolean {
  return findings.some(({ level }) => level === "error");
}
