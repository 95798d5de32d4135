/** How bad a finding is, in the words of SARIF: an `error` fails the check, a `warning` wants a look, a `note` only informs. */
export type Level = "error" | "warning" | "note";

/** What a kind of finding is about, for people and for code scanning. */
export interface Rule {
  readonly level: Level;
  readonly title: string;
  /** What goes wrong, and what to do instead. */
  readonly help: string;
}

/**
 * Every finding that a plan can have, by its id. Ids are contract: suppressions and dashboards name them. The moves are legal one by
 * one; what is found here is wrong against the base or against what is deployed, or it is too old.
 */
export const RULES = {
  "illegal-record": {
    level: "error",
    title: "A record breaks the rules of the model",
    help: "The program refuses it before anything changes. Make the move with `rekey` instead of by hand.",
  },
  "plain-credential": {
    level: "error",
    title: "A setting holds a credential in plain text",
    help: "It stands readable in the repository and in every copy of it. Change it at its target, then set the new one with `pulumi config set --secret`.",
  },
  "active-slot-bumped": {
    level: "error",
    title: "The slot in use gets a new generation",
    help: "Consumers would lose the value that they use. Stage into the empty slot and activate it: `rekey rotate`.",
  },
  "several-slots-changed": {
    level: "error",
    title: "Two slots get new generations at once",
    help: "No accepted value is left to go back to. One slot a change.",
  },
  "slot-renamed": {
    level: "error",
    title: "A live generation moves to another slot",
    help: "A slot's resources are replaced when its number changes, so the value would be made anew. Put it back into its slot.",
  },
  "generation-lowered": {
    level: "error",
    title: "The highest generation ever issued is lowered",
    help: "The next stage would issue a number for the second time. Numbers only rise.",
  },
  "generation-reused": {
    level: "error",
    title: "A retired or withdrawn generation comes back",
    help: "Its number would stand for another value than before. Rotate forward: `rekey rotate`.",
  },
  "generation-skipped": {
    level: "warning",
    title: "Generations are left out",
    help: "Harmless, but seldom meant: a stage raises the number by one.",
  },
  "unknown-move": {
    level: "error",
    title: "No sequence of moves leads to this record",
    help: "Make the move with `rekey` instead of by hand.",
  },
  "retires-with-activation": {
    level: "error",
    title: "The value in use is retired in the change that moves its consumers",
    help: "Consumers have not moved when it is to go, and there is no way back. Retire in a change of its own, once the first is applied.",
  },
  "stage-into-grace": {
    level: "error",
    title: "A slot that still holds a generation gets a new one",
    help: "The generation in grace would end without its successor being verified. Retire it first and apply that.",
  },
  "retires-active": {
    level: "error",
    title: "What the deployed state shows in use is retired",
    help: "Its successor is not deployed yet. Apply the base first: `rekey up`.",
  },
  "base-not-deployed": {
    level: "warning",
    title: "The move starts from a record that is not deployed",
    help: "The next update makes both moves in one. Apply the base first: `rekey up`.",
  },
  "secret-removed": {
    level: "warning",
    title: "A secret is declared no more",
    help: "Its values and users go with the update. The engine refuses to delete what is in use until its protection is lifted.",
  },
  "at-not-updated": {
    level: "warning",
    title: "Another generation is active, and `at` does not say since when",
    help: "The age of the secret is wrong from then on. `rekey` writes `at`; by hand, set it.",
  },
  overdue: {
    level: "error",
    title: "The active generation is older than its class allows",
    help: "Rotate it: `rekey rotate`. Periods: 30, 60, 90 or 180 days by class and environment.",
  },
  "age-unknown": {
    level: "warning",
    title: "The record does not say how old the active generation is",
    help: "Set `at` to when it was made; a date before it is safer than none. The next rotation writes it.",
  },
  "at-in-future": {
    level: "error",
    title: "A record says that it was made in the future",
    help: "Its age would be counted too low. Correct `at`, or the date that is given.",
  },
  "grace-over": {
    level: "warning",
    title: "A grace is over, and its generation is still in its slot",
    help: "Retire it: `rekey retire`.",
  },
  "store-quota": {
    level: "warning",
    title: "The update writes more than a store takes in one window",
    help: "The engine retries, and the update takes longer. Rotate group by group.",
  },
  "preview-failed": {
    level: "error",
    title: "The engine refuses the change in the rehearsal",
    help: "It would refuse it in production too. Correct the record, or the program.",
  },
  "base-unreadable": {
    level: "warning",
    title: "The record at the base cannot be read",
    help: "This secret was compared with the deployed state alone.",
  },
  "date-missing": {
    level: "note",
    title: "Ages were not judged",
    help: "Give the day: `--date`. A plan reads no clock.",
  },
  "state-silent": {
    level: "note",
    title: "The deployed state tells nothing of a secret",
    help: "Its record was compared with the base alone. Normal before the first update; otherwise look at it with `rekey convergence`.",
  },
  "state-missing": {
    level: "note",
    title: "The deployed state was not read",
    help: "Give it with `--state`, from `pulumi stack export`. The records were compared with the base alone.",
  },
} as const satisfies Record<string, Rule>;

/** The id of a rule. */
export type RuleId = keyof typeof RULES;

/** Every id, in the order of the table. */
export const RULE_IDS = Object.keys(RULES) as [RuleId, ...RuleId[]];
