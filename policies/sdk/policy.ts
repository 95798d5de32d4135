import type {
  PolicyConfigSchema,
  Policy as PolicyFacts,
  PolicyResource,
  ResourceValidation,
  ResourceValidationArgs,
  StackValidation,
} from "@pulumi/policy";
import { Facts, StackFacts, inspectAlone, inspectStack } from "../inspected";
import { Settled, concerns, judge, settle } from "../judge";
import { commonSchema, ownSchemaOf, tagsOf } from "../described";
import { Dictionary } from "../leaves";
import { InspectedResource, Rule } from "../rule";
import { sourcesOf } from "./dependencies";
import { inspect } from "./secretness";

/** A policy as the SDK takes it; the SDK runs both parts of one that has both. */
export interface Policy extends PolicyFacts {
  readonly validateResource?: ResourceValidation;
  readonly validateStack?: StackValidation;
}

/** Makes a policy of a rule for a pack on the SDK: reads safely, reports in one form, and stops the engine where the rule itself fails. */
export function policyOf(rule: Rule): Policy {
  return {
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    severity: rule.severity,
    enforcementLevel: rule.enforcementLevel,
    remediationSteps: rule.remediation,
    tags: tagsOf(rule.frameworks),
    configSchema: { properties: schemaOf(rule) },
    ...("check" in rule && { validateResource: resourceValidation(rule) }),
    ...("checkInStack" in rule && { validateStack: stackValidation(rule) }),
  };
}

function schemaOf(rule: Rule): PolicyConfigSchema["properties"] {
  return { ...commonSchema(), ...ownSchemaOf(rule) } as PolicyConfigSchema["properties"];
}

function resourceValidation(rule: Rule): ResourceValidation {
  return (args, report) => {
    if (!concerns(rule, args)) return;
    const resource = seenAlone(args);
    for (const message of judge(settled(rule, args.getConfig()), "check", resource))
      report(message, resource.urn);
  };
}

function stackValidation(rule: Rule): StackValidation {
  return (args, report) => {
    const held = settled(rule, args.getConfig());
    for (const resource of seenInStack(args.resources).filter((one) => concerns(rule, one)))
      for (const message of judge(held, "checkInStack", resource)) report(message, resource.urn);
  };
}

/** By what the engine sent for them; nearly every call of a run has the same. */
const known = new WeakMap<Rule, Map<string, Settled>>();

function settled(rule: Rule, configured: object): Settled {
  const settings = known.get(rule) ?? new Map<string, Settled>();
  known.set(rule, settings);
  const key = JSON.stringify(configured);
  const one = settings.get(key) ?? settle(rule, configured);
  settings.set(key, one);
  return one;
}

/** The SDK asks for every policy anew; what they look at is made once, by the tree of its properties. */
const alone = new WeakMap<Dictionary, InspectedResource>();
const stacks = new WeakMap<Dictionary, InspectedResource[]>();

function seenAlone(seen: ResourceValidationArgs): InspectedResource {
  const facts = factsOf(seen);
  const known = alone.get(facts.properties) ?? inspectAlone(facts);
  alone.set(facts.properties, known);
  return known;
}

/** All policies of a run get the same list. */
function seenInStack(resources: readonly PolicyResource[]): readonly InspectedResource[] {
  const first = resources[0] && inspect(resources[0].props);
  const known = (first && stacks.get(first)) ?? inspectStack(resources.map(stackFactsOf));
  if (first) stacks.set(first, known);
  return known;
}

function stackFactsOf(seen: PolicyResource): StackFacts {
  return { ...factsOf(seen), sources: sourcesOf(seen.urn) };
}

function factsOf(seen: ResourceValidationArgs | PolicyResource): Facts {
  const { type, name, urn, opts, provider, props } = seen;
  const properties = inspect(props);
  return { type, name, urn, options: opts, properties, provided: provider !== undefined };
}
