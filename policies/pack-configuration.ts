import * as z from "zod";
import { dayOf } from "./days";
import type { Rule } from "./rule";
import { expiryProblem, suppression } from "./suppressions";

/** One file for the whole pack: the day of the check, what is accepted, and settings by rule. */
const packFile = z.strictObject({
  at: z
    .string()
    .refine((day) => dayOf(day) !== undefined, "a day is written YYYY-MM-DD")
    .optional(),
  suppressions: z.array(suppression.extend({ rule: z.string() })).default([]),
  rules: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
/** One file for the whole pack, as a user writes it. */
export type PackFile = z.input<typeof packFile>;

/** What is needed of a rule to read its settings. */
export type Configurable = Pick<Rule, "id" | "settings">;

/**
 * Makes the configuration that the engine takes (`--policy-pack-config`), which is kept by rule, from one file for the whole pack. A
 * finding is accepted under `suppressions` only, with reason and last day: a rule cannot be weakened or switched off here, and
 * no rule has a day of its own.
 *
 * @param rules the rules that there are.
 * @throws Error naming each setting that is wrong and what is allowed there; never a value.
 */
export function policyConfiguration(
  given: PackFile,
  rules: readonly Configurable[],
): Record<string, Record<string, unknown>> {
  const { success, data, error } = packFile.safeParse(given);
  if (!success) throw refused(problemsIn(error));
  const problems = [
    ...data.suppressions.flatMap(({ rule, expires }, index) => {
      const problem = expiryProblem(expires, data.at);
      return [
        ...absent(rule, rules, `suppressions.${index}.rule`),
        ...(problem === undefined ? [] : [`suppressions.${index}.expires: it ${problem}`]),
      ];
    }),
    ...Object.entries(data.rules).flatMap(([id, own]) => {
      const rule = rules.find((one) => one.id === id);
      return rule ? settingProblems(rule, own) : absent(id, rules, "rules");
    }),
  ];
  if (problems.length > 0) throw refused(problems);
  return Object.fromEntries(rules.map(({ id }) => [id, settingsOf(id, data)]));
}

function settingsOf(
  id: string,
  { at, suppressions, rules }: z.output<typeof packFile>,
): Record<string, unknown> {
  const own = suppressions
    .filter(({ rule }) => rule === id)
    .map(({ urn, path, reason, expires }) => ({ urn, path, reason, expires }));
  return {
    ...(at !== undefined && { at }),
    ...rules[id],
    ...(own.length > 0 && { suppressions: own }),
  };
}

/** Why each setting that all rules have, or that the engine knows, is not for the file's `rules`. */
const NOT_BY_RULE: Readonly<Record<string, string>> = {
  at: "the day is one for all rules: give it with --at, or as `at` at the top of the file",
  suppressions: "they stand at the top of the file, each with its `rule`",
};
/** The engine knows more levels; only this one does not weaken a rule. */
const ENFORCED = "mandatory";

function settingProblems(
  { id, settings }: Configurable,
  { enforcementLevel = ENFORCED, ...own }: Readonly<Record<string, unknown>>,
): string[] {
  const problems = Object.entries(NOT_BY_RULE)
    .filter(([key]) => key in own)
    .map(([key, why]) => `rules.${id}.${key}: ${why}`);
  if (enforcementLevel !== ENFORCED)
    problems.push(
      `rules.${id}.enforcementLevel: allowed is "${ENFORCED}"; to accept a finding, add it to \`suppressions\` with a reason and a last day`,
    );
  const others = Object.entries(own).filter(([key]) => !(key in NOT_BY_RULE));
  const parsed = z.strictObject(settings.shape).safeParse(Object.fromEntries(others));
  const known = Object.keys(settings.shape);
  const allowed = known.length > 0 ? `its settings are ${known.join(", ")}` : "it has no settings";
  if (!parsed.success) problems.push(...problemsIn(parsed.error, ["rules", id], `; ${allowed}`));
  return problems;
}

function absent(id: string, rules: readonly Configurable[], path: string): string[] {
  if (rules.some((rule) => rule.id === id)) return [];
  const ids = rules.map((rule) => rule.id).join(", ");
  return [`${path}: there is no rule '${id}' in the pack; its rules are ${ids}`];
}

function problemsIn(error: z.ZodError, below: readonly string[] = [], allowed = ""): string[] {
  return error.issues.map(({ path, message }) => {
    const where = [...below, ...path].join(".") || "the file";
    return `${where}: ${message}${allowed}`;
  });
}

function refused(problems: readonly string[]): Error {
  return new Error(`The policies' configuration is wrong. ${problems.join("; ")}.`);
}
