import { Command } from "commander";
import type { Move } from "../../components/rotation";
import type { MoveOptions } from "../move-run";
import { NO_VALIDATE, TO_STORE, VALUE_STDIN, examples, stackOptions } from "./options";

interface Page {
  readonly description: string;
  readonly all: string;
  readonly examples: readonly string[];
}

const POSSIBLE = "every secret for which this is possible now";

const PAGES: Record<Move, Page> = {
  stage: {
    description:
      "Issue the next generation into an empty slot. No consumer uses it yet; verifiers learn it with the next update.",
    all: "every secret",
    examples: [
      "rekey stage SECRET_KEY -s prod",
      "… | rekey stage VITE_STRAPI_API_KEY -s prod --value-stdin",
      "rekey stage VITE_STRAPI_API_KEY -s prod --to-store",
    ],
  },
  activate: {
    description:
      "Move the consumers to the staged generation. The one in use so far stays accepted, in grace, until it is retired.",
    all: POSSIBLE,
    examples: [
      "rekey activate SECRET_KEY -s prod",
      "rekey activate --all -s prod --grace-ends 2026-01-31T12:00:00Z",
    ],
  },
  retire: {
    description:
      "Empty the slot of the generation in grace: with the next update its credential stops working everywhere.",
    all: POSSIBLE,
    examples: ["rekey retire SECRET_KEY -s prod", "rekey retire --all -s prod --dry-run"],
  },
  withdraw: {
    description:
      "Empty the slot of a staged generation that proved bad. Its number is never used again.",
    all: POSSIBLE,
    examples: ['rekey withdraw SECRET_KEY -s prod --reason "verification failed"'],
  },
  rollback: {
    description:
      "Move the consumers back to the generation in grace; possible until it is retired.",
    all: POSSIBLE,
    examples: ['rekey rollback --group gcloud -s prod --reason "log-ins fail"'],
  },
  rotate: {
    description:
      "Stage and activate in one update. The plan states what that interrupts; the previous generation stays in grace.",
    all: "every secret",
    examples: [
      "rekey rotate CLOUD_SQL_PASSWORD -s prod",
      'rekey rotate --group gcloud -s prod --reason "yearly rotation"',
      "rekey rotate --tier critical -s prod",
      'rekey rotate --readable-by developer -s prod --reason "a developer leaves"',
      `echo '{"OPENAI_API_KEY":"…","STRIPE_KEYS":{"publishable":"…","secret":"…"}}' | rekey rotate --all -s prod --value-stdin`,
      "rekey rotate --all -s prod --dry-run",
    ],
  },
};

/**
 * The command of one move. It edits the records in Pulumi.<stack>.yaml and changes nothing else; `rekey up` or `pulumi up` applies
 * them. All or nothing: if one secret refuses, nothing is written.
 */
export function moveCommand(move: Move): Command {
  const page = PAGES[move];
  const command = stackOptions(
    new Command(move)
      .description(page.description)
      .argument("[secrets...]", "names of secrets")
      .option("--group <group>", "the secrets of a target group")
      .option("--system <system>", "the secrets of a system")
      .option(
        "--tier <tier>",
        "the secrets of a tier: critical, high, medium or optional (--all goes in this order)",
      )
      .option("--readable-by <role>", "what a role of people can read, for a personnel change")
      .option("--all", page.all)
      .option("--reason <text>", "why, for the record")
      .option("--by <who>", "who, for the record (default: git's user.email, or the user name)")
      .option("--dry-run", "show what would be written, and write nothing"),
  );
  if (move === "activate" || move === "rotate")
    command.option(
      "--grace-ends <time>",
      "when the target itself ends the grace, UTC, such as 2026-01-31T12:00:00Z",
    );
  if (move === "stage" || move === "rotate")
    command
      .option("--value-stdin", VALUE_STDIN)
      .option(...TO_STORE)
      .option(...NO_VALIDATE);
  return examples(command, page.examples).action(async (names: string[], options: MoveOptions) => {
    const { runMove } = require("../move-run") as typeof import("../move-run");
    await runMove(move, names, options);
  });
}
