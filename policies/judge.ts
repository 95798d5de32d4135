import { z } from "zod";
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

/**
 * What one part of a rule finds on a resource that it concerns, in words for the engine, without what is accepted.
 *
 * @param configured the rule's settings as the engine sent them.
 * @throws Refusal where the rule fails or its settings are wrong: nothing must pass then.
 */
export function judge(
  rule: Rule,
  part: Part,
  resource: InspectedResource,
  configured: object,
): string[] {
  const messages: string[] = [];
  try {
    const { settings, common } = settingsOf(rule, configured);
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

interface Given {
  readonly settings: z.infer<Settings>;
  readonly common: CommonSettings;
}
/** Parsed settings by what the engine sent; nearly every call of a run has the same. */
const parsed = new Map<string, Given>();

function settingsOf(rule: Rule, configured: object): Given {
  const key = isEmpty(configured) ? rule.id : `${rule.id} ${JSON.stringify(configured)}`;
  const known = parsed.get(key);
  if (known) return known;
  // A misspelt setting would silently be the default.
  z.strictObject(settingsOfRule(rule)).parse(configured);
  const given = {
    settings: rule.settings.parse(configured),
    common: commonSettings.parse(configured),
  };
  parsed.set(key, given);
  return given;
}

function settingsOfRule({ settings }: Rule) {
  return { ...commonSettings.shape, ...settings.shape };
}

function isEmpty(configured: object): boolean {
  for (const key in configured) if (key in configured) return false;
  return true;
}

function failed(rule: Rule, resource: InspectedResource, failure: unknown): Refusal {
  if (failure instanceof z.ZodError) {
    const paths = failure.issues
      .flatMap((issue) =>
        issue.code === "unrecognized_keys"
          ? issue.keys.map((key) => [...issue.path, key])
          : [issue.path],
      )
      .map((path) => path.join("."))
      .join(", ");
    return new Refusal(
      `The configuration of policy ${rule.id} is wrong at ${paths}; what is allowed stands under \`settings\` in rules/${rule.id}.ts of the pack.`,
    );
  }
  return new Refusal(
    `Policy ${rule.id} failed on ${resource.type} '${resource.name}', so nothing passes. This is a fault of the rule, not of the program.`,
    failure,
  );
}
