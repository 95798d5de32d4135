import * as z from "zod";
import { setOf } from "./aspects";
import { messageFor } from "./message";
import { Refusal } from "./refusal";
import { InspectedResource, Rule, Settings } from "./rule";
import { CommonSettings, commonSettings, judged } from "./suppressions";

/** Which part of a rule looks: at one resource, or at one in its whole stack. */
export type Part = "check" | "checkInStack";

/** Whether a rule looks at a type of resource. */
export function concerns({ types }: Rule, { type }: { readonly type: string }): boolean {
  if (types === undefined) return true;
  return typeof types === "function" ? types(type) : types.includes(type);
}

/** Whether a rule has something to look at in a resource with these aspects. */
export function looksAt({ aspects }: Rule, has: number): boolean {
  return aspects === undefined || (setOf(aspects) & has) !== 0;
}

/** A rule with the settings by which it judges. */
export interface Settled {
  readonly rule: Rule;
  readonly settings: z.infer<Settings>;
  readonly common: CommonSettings;
}

/**
 * A rule with its settings as the engine sent them, or its defaults.
 *
 * @throws Refusal naming the settings that are wrong: nothing must pass then.
 */
export function settle(rule: Rule, configured: object): Settled {
  const { settings } = rule;
  try {
    // A misspelt setting would silently be the default.
    z.strictObject({ ...commonSettings.shape, ...settings.shape }).parse(configured);
    return { rule, settings: settings.parse(configured), common: commonSettings.parse(configured) };
  } catch (failure) {
    throw failure instanceof z.ZodError ? misconfigured(rule, failure) : failure;
  }
}

/**
 * What one part of a rule finds on a resource that it concerns, in words for the engine, without what is accepted.
 *
 * @throws Refusal where the rule fails: nothing must pass then.
 */
export function judge(settled: Settled, part: Part, resource: InspectedResource): string[] {
  const { rule, settings, common } = settled;
  const messages: string[] = [];
  try {
    for (const finding of rule[part]?.(resource, settings) ?? []) {
      const { suppressed, note } = judged(rule.id, resource.urn, finding.path, common);
      if (suppressed) continue;
      const detail = note === undefined ? finding.detail : `${finding.detail} (${note})`;
      messages.push(messageFor(rule, resource, { ...finding, detail }));
    }
    return messages;
  } catch (failure) {
    throw failed(rule, resource, failure);
  }
}

function misconfigured({ id }: Rule, { issues }: z.ZodError): Refusal {
  const paths = issues
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path],
    )
    .map((path) => path.join("."))
    .join(", ");
  return new Refusal(
    `The configuration of policy ${id} is wrong at ${paths}; what is allowed stands under \`settings\` in rules/${id}.ts of the pack.`,
  );
}

function failed(rule: Rule, resource: InspectedResource, failure: unknown): Refusal {
  return new Refusal(
    `Policy ${rule.id} failed on ${resource.type} '${resource.name}', so nothing passes. This is a fault of the rule, not of the program.`,
    failure,
  );
}
