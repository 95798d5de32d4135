import { stackConfiguration } from "./configuration";
import type { Sources } from "./dependencies";
import { Dictionary } from "./leaves";
import { GeneratedValues, Surroundings, generatedValues } from "./provenance";
import { InspectedResource } from "./rule";
import { Spot, spotsOf } from "./spots";

/** A resource as the engine sends it. */
export interface Facts extends Pick<InspectedResource, "type" | "name" | "urn" | "options"> {
  readonly properties: Dictionary;
  /** The engine names a provider for it. */
  readonly provided: boolean;
}
/** One of a whole stack: its properties are what it was at the end. */
export interface StackFacts extends Facts {
  readonly sources: Sources;
}

/** Where the leaves of a tree stand: alone and in the stack the same tree is walked once. A tree is of one type. */
const surveyed = new WeakMap<Dictionary, readonly Spot[]>();
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

/** One resource alone, before anything happens to it. Its inputs are kept for {@link inspectStack}. */
export function inspectAlone({ provided, ...facts }: Facts): InspectedResource {
  inputs.set(facts.urn, facts.properties);
  const surroundings = { configuration: stackConfiguration(), origins: new WeakMap() };
  return resourceOf({ ...facts, managed: provided || isProvider(facts), surroundings });
}

/** Forgets the inputs seen so far; a pack's process serves one run, tests serve many. */
export function forgetInputs(): void {
  inputs.clear();
}

/**
 * Every resource of a stack, with what the others tell about its values. Where a resource was checked before, its inputs are looked at: at
 * the end it also has what its provider put in, which is nobody's literal. Components and the stack's own resource have outputs of
 * the program's making, so these count too.
 */
export function inspectStack(resources: readonly StackFacts[]): InspectedResource[] {
  const generated = new GeneratedValues(generatedValues(resources));
  const configuration = stackConfiguration();
  const all: InspectedResource[] = [];
  for (const { provided, sources, properties: outputs, ...facts } of resources) {
    const managed = provided || isProvider(facts);
    const given = inputs.get(facts.urn);
    const properties = given === undefined ? outputs : managed ? given : joined(given, outputs);
    const origins = new WeakMap();
    const surroundings: Surroundings = { configuration, generated, sources, origins };
    all.push(resourceOf({ ...facts, managed, properties, surroundings, outputs, stack: all }));
  }
  return all;
}

/** A component's inputs and what it registered at its end. */
function joined(given: Dictionary, final: Dictionary): Dictionary {
  return { ...final, entries: new Map([...given.entries, ...final.entries]) };
}

function isProvider({ type }: Pick<Facts, "type">): boolean {
  return type.startsWith("pulumi:providers:");
}
