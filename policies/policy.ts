import type {
  PolicyConfigSchema,
  Policy as PolicyFacts,
  ReportViolation,
  ResourceValidation,
  StackValidation,
} from "@pulumi/policy";
import { z } from "zod";
import { stackConfiguration } from "./configuration";
import { messageFor } from "./message";
import { Source, Surroundings, generatedValues } from "./provenance";
import { Finding, Frameworks, InspectedResource, Rule } from "./rule";
import { inspect } from "./secretness";

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
    if (!concerns(rule, args)) return;
    const surroundings = { configuration: stackConfiguration() };
    run(rule, "check", inspected(args, surroundings), args.getConfig(), report);
  };
}

function stackValidation(rule: Rule): StackValidation {
  return (args, report) => {
    const alone = { configuration: stackConfiguration() };
    const all = args.resources.map((resource) => inspected(resource, alone));
    const generated = generatedValues(all);
    for (const [index, resource] of all.entries()) {
      if (!concerns(rule, resource)) continue;
      const sources = sourcesOf(args.resources[index]?.propertyDependencies);
      const surroundings = { ...alone, generated, sources };
      run(rule, "checkInStack", { ...resource, surroundings }, args.getConfig(), report);
    }
  };
}

function concerns({ types }: Rule, { type }: { readonly type: string }): boolean {
  return types === undefined || types.includes(type);
}

type Seen = Omit<InspectedResource, "properties" | "options" | "surroundings"> & {
  readonly props: object;
  readonly opts: InspectedResource["options"];
};

function inspected(seen: Seen, surroundings: Surroundings): InspectedResource {
  const { type, name, urn, props, opts } = seen;
  return { type, name, urn, properties: inspect(props), options: opts, surroundings };
}

function sourcesOf(
  dependencies: Readonly<Record<string, readonly Source[]>> = {},
): Record<string, Source[]> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([property, on]) => [
      property,
      on.map(({ type, name }) => ({ type, name })),
    ]),
  );
}

function run(
  rule: Rule,
  part: Part,
  resource: InspectedResource,
  configured: object,
  report: ReportViolation,
): void {
  for (const finding of findings(rule, part, resource, configured))
    report(messageFor(rule, resource, finding), resource.urn);
}

function findings(
  rule: Rule,
  part: Part,
  resource: InspectedResource,
  configured: object,
): Finding[] {
  try {
    return [...(rule[part]?.(resource, rule.settings.parse(configured)) ?? [])];
  } catch (failure) {
    throw failed(rule, resource, failure);
  }
}

/** The message of the original error is left out: the engine prints it, and it may quote what the rule was reading. */
function failed(rule: Rule, resource: InspectedResource, failure: unknown): Error {
  if (failure instanceof z.ZodError) {
    const paths = failure.issues.map(({ path }) => path.join(".")).join(", ");
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
  const schema = z.toJSONSchema(rule.settings, { io: "input" });
  return { properties: (schema.properties ?? {}) as PolicyConfigSchema["properties"] };
}

function tagsOf(frameworks: Frameworks): string[] {
  const names = {
    cis: "cis-gcp-2.0.0",
    nist80053: "nist-800-53-r5",
    soc2: "soc2-tsc-2017",
    pciDss: "pci-dss-4.0",
  };
  return Object.entries(names).flatMap(([key, name]) =>
    (frameworks[key as keyof Frameworks] ?? []).map((control) => `${name}:${control}`),
  );
}
