import { z } from "zod";
import { suppression } from "./suppressions";

/** One file for the whole pack: the day of the check, what is accepted, and settings by rule. */
const packFile = z.strictObject({
  at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "a day is written YYYY-MM-DD")
    .optional(),
  suppressions: z.array(suppression.extend({ rule: z.string() })).default([]),
  rules: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
/** One file for the whole pack, as a user writes it. */
export type PackFile = z.input<typeof packFile>;

/**
 * Makes the configuration that the engine takes (`--policy-pack-config`), which is kept by rule, from one file for the whole pack.
 *
 * @param ids the rules that there are.
 * @throws Error naming the setting that is wrong, or the rule that is not there and those that are.
 */
export function policyConfiguration(
  given: PackFile,
  ids: readonly string[],
): Record<string, Record<string, unknown>> {
  const { success, data, error } = packFile.safeParse(given);
  if (!success) {
    const wrong = error.issues.map(
      ({ path, message }) => `${path.join(".") || "the file"}: ${message}`,
    );
    throw new Error(`The policies' configuration is wrong. ${wrong.join("; ")}`);
  }
  const { at, suppressions, rules } = data;
  for (const id of [...suppressions.map(({ rule }) => rule), ...Object.keys(rules)])
    if (!ids.includes(id))
      throw new Error(`There is no rule '${id}' in the pack; its rules are ${ids.join(", ")}.`);
  const entries = ids.map((id) => {
    const own = suppressions
      .filter(({ rule }) => rule === id)
      .map(({ urn, path, reason, expires }) => ({ urn, path, reason, expires }));
    const settings = {
      ...(at !== undefined && { at }),
      ...rules[id],
      ...(own.length > 0 && { suppressions: own }),
    };
    return [id, settings] as const;
  });
  return Object.fromEntries(entries);
}
