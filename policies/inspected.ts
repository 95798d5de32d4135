import { aspectsOf } from "./aspects";
import { stackConfiguration } from "./configuration";
import type { Sources } from "./dependencies";
import { Dictionary } from "./leaves";
import { GeneratedValues, Surroundings, generatedValues, keptValues } from "./provenance";
import { InspectedResource, Options } from "./rule";
import { Embedded, Spot, embeddedIn, spotsOf } from "./spots";

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

/** The properties of every resource that was checked in this run, by URN: what the program gave, before a provider added to it. */
const inputs = new Map<string, Surveyed>();

/** Properties, and where their leaves stand: found when a rule asks, once for all rules, alone and in the stack. */
class Surveyed {
  #spots: readonly Spot[] | undefined;
  #aspects: number | undefined;
  #embedded: readonly Embedded[] | undefined;

  constructor(
    private readonly type: string,
    readonly properties: Dictionary,
  ) {}

  get spots(): readonly Spot[] {
    return (this.#spots ??= spotsOf(this.type, this.properties));
  }

  get aspects(): number {
    return (this.#aspects ??= aspectsOf(this.spots, this.embedded));
  }

  get embedded(): readonly Embedded[] {
    return (this.#embedded ??= embeddedIn(this.spots));
  }
}

/** A resource as rules see it. */
class Resource implements InspectedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly options: Options;
  readonly properties: Dictionary;

  constructor(
    facts: Pick<InspectedResource, "type" | "name" | "urn" | "options">,
    private readonly surveyed: Surveyed,
    readonly managed: boolean,
    readonly surroundings: Surroundings,
    private readonly final?: StackFacts,
    readonly stack?: readonly InspectedResource[],
  ) {
    this.type = facts.type;
    this.name = facts.name;
    this.urn = facts.urn;
    this.options = facts.options;
    this.properties = surveyed.properties;
  }

  get spots(): readonly Spot[] {
    return this.surveyed.spots;
  }

  get aspects(): number {
    return this.surveyed.aspects;
  }

  get embedded(): readonly Embedded[] {
    return this.surveyed.embedded;
  }

  get outputs(): Dictionary | undefined {
    return this.final?.properties;
  }
}

/** Makes a resource for rules; where they look at its spots they are found once, also for rules to come. */
export function resourceOf(
  facts: Omit<InspectedResource, "spots" | "aspects" | "embedded" | "outputs" | "stack">,
): InspectedResource {
  const surveyed = new Surveyed(facts.type, facts.properties);
  return new Resource(facts, surveyed, facts.managed, facts.surroundings);
}

/** One resource alone, before anything happens to it. Its inputs are kept for {@link inspectStack}. */
export function inspectAlone(facts: Facts): InspectedResource {
  const surveyed = new Surveyed(facts.type, facts.properties);
  inputs.set(facts.urn, surveyed);
  const surroundings = { configuration: stackConfiguration(), origins: new Map() };
  return new Resource(facts, surveyed, isManaged(facts), surroundings);
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
  const kept = keptValues(resources);
  const configuration = stackConfiguration();
  const all: InspectedResource[] = [];
  for (const facts of resources) {
    const managed = isManaged(facts);
    const { sources } = facts;
    const surroundings = { configuration, generated, kept, sources, origins: new Map() };
    all.push(new Resource(facts, lookedAt(facts, managed), managed, surroundings, facts, all));
  }
  return all;
}

function lookedAt(facts: StackFacts, managed: boolean): Surveyed {
  const given = inputs.get(facts.urn);
  if (given !== undefined && managed) return given;
  const properties = given ? joined(given.properties, facts.properties) : facts.properties;
  return new Surveyed(facts.type, properties);
}

/** A component's inputs and what it registered at its end. */
function joined(given: Dictionary, final: Dictionary): Dictionary {
  return { ...final, entries: new Map([...given.entries, ...final.entries]) };
}

function isManaged({ provided, type }: Facts): boolean {
  return provided || type.startsWith("pulumi:providers:");
}
