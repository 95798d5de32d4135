import type { PolicyResource, PolicyResourceOptions } from "@pulumi/policy";
import { stackConfiguration } from "./configuration";
import { sourcesOf } from "./dependencies";
import { Dictionary } from "./leaves";
import { GeneratedValues, Surroundings, generatedValues } from "./provenance";
import { InspectedResource } from "./rule";
import { inspect } from "./secretness";
import { Spot, spotsOf } from "./spots";

/** A resource as the SDK hands it to a policy, as far as it is used here. */
export interface Seen {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: object;
  readonly opts: PolicyResourceOptions;
  readonly provider?: unknown;
}

/** Where the leaves of a tree stand: alone and in the stack the same tree is walked once. A tree is of one type. */
const surveyed = new WeakMap<Dictionary, readonly Spot[]>();
/** A resource alone, by its tree: every rule gets the same. */
const alone = new WeakMap<Dictionary, InspectedResource>();
/** The inputs of every resource that was checked in this run, by URN: what the program gave, before a provider added to it. */
const inputs = new Map<string, Dictionary>();

/** Makes a resource for rules; where they look at its spots they are found once, also for rules to come. */
export function resourceOf(facts: Omit<InspectedResource, "spots">): InspectedResource {
  let spots: readonly Spot[] | undefined;
  return {
    ...facts,
    get spots() {
      return (spots ??= survey(facts.type, facts.properties));
    },
  };
}

function survey(type: string, properties: Dictionary): readonly Spot[] {
  const known = surveyed.get(properties);
  if (known) return known;
  const spots = spotsOf(type, properties);
  surveyed.set(properties, spots);
  return spots;
}

/** One resource alone, before anything happens to it. */
export function inspectAlone(seen: Seen): InspectedResource {
  const properties = inspect(seen.props);
  const known = alone.get(properties);
  if (known) return known;
  inputs.set(seen.urn, properties);
  const surroundings = { configuration: stackConfiguration(), origins: new WeakMap() };
  const resource = resourceOf({ ...factsOf(seen), properties, surroundings });
  alone.set(properties, resource);
  return resource;
}

/** Forgets the inputs seen so far; a pack's process serves one run, tests serve many. */
export function forgetInputs(): void {
  inputs.clear();
  stacks = new WeakMap();
}

let stacks = new WeakMap<Dictionary, InspectedResource[]>();

/**
 * Every resource of a stack, with what the others tell about its values. Where a resource was checked before, its inputs are looked at: at
 * the end it also has what its provider put in, which is nobody's literal. Components and the stack's own resource have outputs of
 * the program's making, so these count too. All policies of a run get the same list.
 */
export function inspectStack(resources: readonly PolicyResource[]): InspectedResource[] {
  const first = resources[0] && inspect(resources[0].props);
  const known = first && stacks.get(first);
  if (known) return known;
  const outputs = resources.map(({ type, props }) => ({ type, properties: inspect(props) }));
  const generated = new GeneratedValues(generatedValues(outputs));
  const configuration = stackConfiguration();
  const all: InspectedResource[] = [];
  for (const [index, seen] of resources.entries()) {
    const facts = factsOf(seen);
    const final = outputs[index]!.properties;
    const given = inputs.get(seen.urn);
    const properties = given === undefined ? final : facts.managed ? given : joined(given, final);
    const surroundings: Surroundings = {
      configuration,
      generated,
      sources: sourcesOf(seen.urn),
      origins: new WeakMap(),
    };
    all.push(resourceOf({ ...facts, properties, surroundings, outputs: final, stack: all }));
  }
  if (first) stacks.set(first, all);
  return all;
}

/** A component's inputs and what it registered at its end. */
function joined(given: Dictionary, final: Dictionary): Dictionary {
  return { ...final, entries: new Map([...given.entries, ...final.entries]) };
}

function factsOf({ type, name, urn, opts, provider }: Seen) {
  return { type, name, urn, options: opts, managed: provider !== undefined || isProvider(type) };
}

function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}
