import type { Finding, Phase, PlanDocument, SecretPlan } from "./document";
import { PUBLIC_VALUE } from "../moves";
import { inUse } from "./by-function";
import { code, html, prose } from "./escape";

/** The first line of every comment, by which the next run finds the one to update. */
export const MARKER = "<!-- rekey-plan -->";

/** GitHub takes 65,536 characters in a comment; several stacks may share one. */
export const MOST_CHARACTERS = 60_000;

const PHASES: Record<Phase["phase"], string> = {
  values: "New values",
  targets: "Database users",
  stores: "Stores",
  consumers: "Consumers",
  verification: "Verification",
  retirement: "Retirement",
};

/**
 * The plan as a comment: the marker, a summary, a narrow table, the findings, and everything else folded away. Whatever the plan says
 * is escaped: it may come from somebody else's branch. Details that a comment has no room for are left out, and that is said.
 */
export function markdownOf(plan: PlanDocument, most: number = MOST_CHARACTERS): string {
  const head = [MARKER, `### Rotation plan for ${code(plan.stack)}`, "", summary(plan), ""];
  const parts = [tableOf(plan.secrets), findingsOf(plan.findings), ...detailsOf(plan)];
  const lines = [...head];
  let room = most - lines.join("\n").length - NO_ROOM.length - 2;
  for (const part of parts.filter((text) => text !== "")) {
    if (part.length + 2 > room) {
      lines.push(NO_ROOM, "");
      break;
    }
    lines.push(part, "");
    room -= part.length + 2;
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

const NO_ROOM = "_The rest has no room here; it is in the plan that the check uploaded._";

const STATES: Record<PlanDocument["state"], readonly string[]> = {
  none: [],
  given: ["the deployed state"],
  engine: ["the deployed state"],
  rehearsed: ["the base as brought up in the rehearsal"],
};

function summary(plan: PlanDocument): string {
  const moved = plan.secrets.length;
  const counts = (["error", "warning"] as const).map((level) => {
    const count = plan.findings.filter((finding) => finding.level === level).length;
    return `${count} ${level}${count === 1 ? "" : "s"}`;
  });
  const what = moved === 0 ? "No secret moves" : `${moved} ${moved === 1 ? "secret" : "secrets"}`;
  const against = [`${code(plan.base.commit.slice(0, 12))}`, ...STATES[plan.state]].join(" and ");
  return `**${what}, ${counts.join(", ")}.** Compared with ${against}${plan.date === null ? "" : `, on ${plan.date}`}. ${plan.unchanged} unchanged.`;
}

function tableOf(secrets: readonly SecretPlan[]): string {
  if (secrets.length === 0) return "";
  return [
    "| secret | move | generation | interruption |",
    "| --- | --- | --- | --- |",
    ...secrets.map(
      (secret) =>
        `| ${code(secret.name, true)}${secret.public ? " (public)" : ""} | ${moveOf(secret)} | ${generationOf(secret)} | ${prose(secret.interruption, true)} |`,
    ),
  ].join("\n");
}

/** What the update makes, in words: the moves of this change, or what of earlier ones is still to be applied. */
export function moveOf({ change, moves, update }: SecretPlan): string {
  if (change === "new" || change === "removed") return change;
  if (change === "none") return `pending: ${update.join(" + ") || "not recognised"}`;
  return moves.join(" + ") || "not recognised";
}

/** When what is in grace ends, in words; null where nothing is. */
export function graceOf({ live, graceEnds }: SecretPlan): string | null {
  if (!live.some(({ state }) => state === "grace")) return null;
  return graceEnds === null ? "until `rekey retire` and an update" : `ends \`${graceEnds}\``;
}

/** `1 (a) → 2 (b)`: the active generation and its slot, before and after. */
export function generationOf({ from, to, live }: SecretPlan): string {
  const one = (active: SecretPlan["to"]) =>
    active === null ? "none" : `${active.generation} (${active.slot ?? "?"})`;
  const staged = live
    .filter(({ state }) => state === "staged")
    .map(({ generation, slot }) => `, staged ${generation} (${slot ?? "?"})`)
    .join("");
  const same = from?.generation === to?.generation && from?.slot === to?.slot;
  return `${same ? one(to) : `${one(from)} → ${one(to)}`}${staged}`;
}

function findingsOf(findings: readonly Finding[]): string {
  const shown = findings.filter(({ level }) => level !== "note");
  const notes = findings.filter(({ level }) => level === "note");
  const lines = [...shown, ...notes].map(
    ({ level, rule, line, message, remedy }) =>
      `- **${level}** ${code(rule)}, line ${line}: ${prose(message)}. _Fix:_ ${prose(remedy)}`,
  );
  return lines.length === 0 ? "" : ["#### Findings", "", ...lines].join("\n");
}

function detailsOf(plan: PlanDocument): string[] {
  const order = plan.order.map(
    ({ phase, steps }, index) =>
      `${index + 1}. ${PHASES[phase]}\n${steps.map((step) => `   - ${prose(step)}`).join("\n")}`,
  );
  const writes = plan.writes.map(
    ({ store, writes: count, quota, seconds }) =>
      `- ${code(store)}: ${count}, ${quota === null ? "no quota" : `of ${prose(quota)}`}${seconds > 0 ? `: at least ${seconds} s more` : ""}`,
  );
  return [
    folded("Order of the update", order),
    ...plan.secrets.map((secret) => folded(titleOf(secret), secretLines(secret))),
    folded("Writes to the stores", writes),
    folded(
      "Rotated by a function",
      plan.rotatedByFunction.map((one) => `- ${code(one.name)}: ${inUse(one)}`),
    ),
    folded(
      "Preview in the rehearsal",
      (plan.preview ?? []).map((step) => `- ${code(step)}`),
    ),
  ];
}

function titleOf(secret: SecretPlan): string {
  return `${html(secret.name)}: ${moveOf(secret)}`;
}

function secretLines(secret: SecretPlan): string[] {
  const grace = graceOf(secret);
  const list = (places: readonly string[]) => places.map((place) => code(place)).join(", ") || "-";
  const told: [string, string | null][] = [
    ["class", code(secret.class)],
    ["tier", secret.tier === null ? null : code(secret.tier)],
    [
      "live",
      secret.live
        .map(({ generation, slot, state }) => `${generation} in ${slot ?? "?"} (${state})`)
        .join(", ") || "-",
    ],
    [
      "deployed",
      secret.deployed === null
        ? null
        : secret.deployed.map(({ generation, state }) => `${generation} (${state})`).join(", ") ||
          "-",
    ],
    ["next update", secret.update.join(" + ") || null],
    ["kept in", list(secret.stores)],
    ["used by", list(secret.consumers)],
    ["interruption", prose(secret.interruption)],
    ["value", secret.public ? PUBLIC_VALUE : null],
    ["less of it", secret.advice === null ? null : prose(secret.advice)],
    ["grace", grace === null ? null : prose(grace)],
    ["active since", secret.at === null ? null : code(secret.at)],
    ["by", secret.by === null ? null : code(secret.by)],
    ["why", secret.reason === null ? null : code(secret.reason)],
  ];
  return told.flatMap(([title, text]) => (text === null ? [] : [`- ${title}: ${text}`]));
}

function folded(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return [`<details><summary>${title}</summary>`, "", ...lines, "", "</details>"].join("\n");
}
