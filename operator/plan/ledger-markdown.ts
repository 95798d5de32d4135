import type { Ledger, LedgerEntry } from "./due";
import { code } from "./escape";

/** What is not fine, as a section of a pull request's text; what a person has to do is named as such. */
export function ledgerMarkdown({ stack, secrets }: Ledger): string {
  const listed = secrets.filter(({ status }) => status !== "fine");
  const head = [`#### ${code(stack)}`, ""];
  if (listed.length === 0) return [...head, "Nothing is due.", ""].join("\n");
  return [
    ...head,
    "| secret | age | period | status | next |",
    "| --- | --- | --- | --- | --- |",
    ...listed.map(row),
    "",
  ].join("\n");
}

function row(entry: LedgerEntry): string {
  const { secret, ageDays, periodDays, status } = entry;
  return `| ${code(secret, true)} | ${ageDays ?? "unknown"} | ${periodDays} | ${status} | ${nextOf(entry)} |`;
}

function nextOf({ next, source, movesWith, secret, class: kind }: LedgerEntry): string {
  if (movesWith !== null) return `with ${code(movesWith, true)}`;
  if (next === null)
    return kind === "backup-key"
      ? `by hand: ${code(`rekey retire ${secret}`, true)} of a key that no backup needs`
      : "-";
  const brought = source === "external" && (next === "stage" || next === "rotate");
  return brought ? `by hand: ${code(`rekey ${next} ${secret}`, true)}` : next;
}
