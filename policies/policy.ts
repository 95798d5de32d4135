import type {
  PolicyConfigSchema,
  Policy as PolicyFacts,
  ReportViolation,
  ResourceValidation,
  StackValidation,
} from "@pulumi/policy";
import { z } from "zod";
import { inspectAlone, inspectStack } from "./inspected";
import { messageFor } from "./message";
import { Frameworks, InspectedResource, Rule, Settings } from "./rule";
import { CommonSettings, commonSettings, judged } from "./suppressions";

/** A policy as the SDK takes it; the SDK runs both parts of one that has both. */
export interface Policy extends PolicyFacts {
  readonly validateResource?: ResourceValidation;
  readonly validateStack?: StackValidation;
}

/** Makes a policy of a rule: reads safely, reports in one form, and stops the engine where the rule itself fails. */
export function policyOf(rule: Rule): Policy {
  return {
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    severity: rule.severity,
    enforcementLevel: rule.enforcementLevel,
    remediationSteps: rule.remediation,
    tags: tagsOf(rule.frameworks),
    configSchema: schemaOf(rule),
    ...("check" in rule && { validateResource: resourceValidation(rule) }),
    ...("checkInStack" in rule && { validateStack: stackValidation(rule) }),
  };
}

type Part = "check" | "checkInStack";

function resourceValidation(rule: Rule): ResourceValidation {
  return (args, report) => {
    if (concerns(rule, args)) run(rule, "check", inspectAlone(args), args.getConfig(), report);
  };
}

function stackValidation(rule: Rule): StackValidation {
  return (args, report) => {
    for (const resource of inspectStack(args.resources))
      if (concerns(rule, resource)) run(rule, "checkInStack", resource, args.getConfig(), report);
  };
}

function concerns({ types }: Rule, { type }: { readonly type: string }): boolean {
  if (types === undefined) return true;
  return typeof types === "function" ? types(type) : types.includes(type);
}

function run(
  rule: Rule,
  part: Part,
  resource: InspectedResource,
  configured: object,
  report: ReportViolation,
): void {
  try {
    const { settings, common } = settingsOf(rule, configured);
    for (const finding of rule[part]?.(resource, settings) ?? []) {
      const { suppressed, note } = judged(rule.id, resource.urn, finding.path, common);
      if (suppressed) continue;
      const detail = note === undefined ? finding.detail : `${finding.detail} (${note})`;
      report(messageFor(rule, resource, { ...finding, detail }), resource.urn);
    }
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

/** The message of the original error is left out: the engine prints it, and it may quote what the rule was reading. */
function failed(rule: Rule, resource: InspectedResource, failure: unknown): Error {
  if (failure instanceof z.ZodError) {
    const paths = failure.issues
      .flatMap((issue) =>
        issue.code === "unrecognized_keys"
          ? issue.keys.map((key) => [...issue.path, key])
          : [issue.path],
      )
      .map((path) => path.join("."))
      .join(", ");
    return new Error(
      `The configuration of policy ${rule.id} is wrong at ${paths}; what is allowed stands under \`settings\` in rules/${rule.id}.ts of the pack.`,
    );
  }
  const frames =
    failure instanceof Error ? (failure.stack?.match(/^ {4}at .+:\d+:\d+\)?$/gm) ?? []) : [];
  const error = new Error(
    `Policy ${rule.id} failed on ${resource.type} '${resource.name}', so nothing passes. This is a fault of the rule, not of the program.`,
  );
  error.stack = [error.message, ...frames].join("\n");
  return error;
}

function schemaOf(rule: Rule): PolicyConfigSchema {
  const schema = z.toJSONSchema(z.object(settingsOfRule(rule)), { io: "input" });
  return { properties: (schema.properties ?? {}) as PolicyConfigSchema["properties"] };
}

function tagsOf(frameworks: Frameworks): string[] {
  const names = {
    cis: "cis-gcp-2.0.0",
    cisAws: "cis-aws-3.0.0",
    cisKubernetes: "cis-kubernetes-1.8.0",
    nist80053: "nist-800-53-r5",
    soc2: "soc2-tsc-2017",
    pciDss: "pci-dss-4.0",
  };
  return Object.entries(names).flatMap(([key, name]) =>
    (frameworks[key as keyof Frameworks] ?? []).map((control) => `${name}:${control}`),
  );
}
