/** Faults of the fake: the hooks that a test in the same process sets, and rules as plain data for a fake in a process of its own. */
import { z } from "zod";

import { ApiError, type ApiReason } from "./errors";

/** One call, as a fault sees it. */
export interface FaultCall {
  /** Short API name of the route: `secretmanager`, `sqladmin`, `run`, `iam`, `cloudresourcemanager`, `logging`, `oauth2`. */
  readonly service: string;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
}

/** Faults that tests inject. Throw an `ApiError` for an error answer, a `NoAnswer` for none. */
export interface Faults {
  /** Runs before the call takes effect; whatever it throws is the answer. Default: nothing. */
  before: (call: FaultCall) => void | Promise<void>;
  /** Runs after the call took effect and before it is answered: a throw here loses the answer, not the effect. Default: nothing. */
  after: (call: FaultCall) => void | Promise<void>;
}

/** Thrown by a fault: the client sees its connection cut, or waits until it gives up or the fake stops. */
export class NoAnswer extends Error {
  constructor(readonly how: "drop" | "hang") {
    super(how === "drop" ? "connection dropped by a fault" : "left without an answer by a fault");
    this.name = "NoAnswer";
  }
}

/** A fault as plain data: which calls, and what happens to them. */
export const faultRule = z.strictObject({
  service: z.string().optional(),
  method: z.string().optional(),
  /** A part of the path, for instance `:addVersion`. */
  path: z.string().optional(),
  /** The first matching call that is hit, from 1. */
  nth: z.number().int().positive().default(1),
  /** How many matching calls are hit from then on. */
  times: z.number().int().positive().default(1),
  /** `before` the call takes effect, or `after`, when only its answer is lost. */
  phase: z.enum(["before", "after"]).default("before"),
  /** HTTP status of the answer, a cut connection, or no answer at all. */
  answer: z.union([z.number().int().min(400).max(599), z.enum(["drop", "hang"])]),
});
/** Input of a fault rule. */
export type FaultRule = z.input<typeof faultRule>;

const REASONS: Readonly<Record<number, ApiReason>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Hooks that follow the rules; each rule counts its own calls. Throws for an invalid rule. */
export function faultsOf(rules: readonly FaultRule[]): Faults {
  const armed = rules.map((rule) => ({ rule: faultRule.parse(rule), seen: 0 }));
  const hook = (phase: "before" | "after") => (call: FaultCall) => {
    for (const entry of armed) {
      const { rule } = entry;
      if (rule.phase !== phase || !fits(rule, call)) continue;
      entry.seen += 1;
      if (entry.seen < rule.nth || entry.seen >= rule.nth + rule.times) continue;
      if (rule.answer === "drop" || rule.answer === "hang") throw new NoAnswer(rule.answer);
      const reason = REASONS[rule.answer] ?? "UNKNOWN";
      throw new ApiError(rule.answer, reason, "This answer was injected by a fault of the fake.");
    }
  };
  return { before: hook("before"), after: hook("after") };
}

function fits(rule: z.output<typeof faultRule>, call: FaultCall): boolean {
  return (
    (rule.service === undefined || rule.service === call.service) &&
    (rule.method === undefined || rule.method === call.method) &&
    (rule.path === undefined || call.path.includes(rule.path))
  );
}
