import { sourcesIn } from "../dependencies";
import { Facts, StackFacts } from "../inspected";
import { Dictionary, propertiesOf } from "../leaves";
import { Refusal } from "../refusal";
import { Wire, readStruct } from "./wire";

/** The resource of an `AnalyzeRequest`: what a program gives, before anything happens to it. */
export function resourceIn(message: Uint8Array): Facts {
  return readResource(new Wire(message));
}

/** The resources of an `AnalyzeStackRequest`: a whole stack, as it is at the end. */
export function resourcesIn(message: Uint8Array): StackFacts[] {
  const wire = new Wire(message);
  const resources: StackFacts[] = [];
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field !== 1) wire.skip();
    else {
      const outer = wire.enter();
      resources.push(readResource(wire));
      wire.leave(outer);
    }
  return resources;
}

/**
 * An `AnalyzerResource`; an `AnalyzeRequest` has the same fields but for the last one.
 *
 * @throws Refusal for an engine that does not send a resource's options, as those before 2019 do.
 */
function readResource(wire: Wire): StackFacts {
  let [type, urn, name, provided] = ["", "", "", false];
  let struct = NOTHING;
  let ignoreChanges: string[] | undefined;
  const dependencies: [string, string[]][] = [];
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 1) type = wire.text();
    else if (field === 2) struct = wire.message();
    else if (field === 3) urn = wire.text();
    else if (field === 4) name = wire.text();
    else if (field === 5) ignoreChanges = readTexts(wire, 2);
    else if (field === 9) dependencies.push(readDependencies(wire));
    else {
      provided ||= field === 6;
      wire.skip();
    }
  if (ignoreChanges === undefined)
    throw new Refusal("The policies need a newer version of the Pulumi CLI.");
  const sources = sourcesIn(type, dependencies);
  return new Sent(type, urn, name, provided, { ignoreChanges }, sources, struct);
}

const NOTHING = new Wire(new Uint8Array());

/** What the message says of a resource. Its properties are read when they are looked at: at the end of a run that is seldom. */
class Sent implements StackFacts {
  #properties: Dictionary | undefined;

  constructor(
    readonly type: string,
    readonly urn: string,
    readonly name: string,
    readonly provided: boolean,
    readonly options: Facts["options"],
    readonly sources: StackFacts["sources"],
    private readonly struct: Wire,
  ) {}

  get properties(): Dictionary {
    return (this.#properties ??= propertiesOf(readStruct(this.struct)));
  }
}

/** A property, and the URNs of what it depends on. */
function readDependencies(wire: Wire): [string, string[]] {
  let key = "";
  let urns: string[] = [];
  const outer = wire.enter();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 1) key = wire.text();
    else if (field === 2) urns = readTexts(wire, 1);
    else wire.skip();
  wire.leave(outer);
  return [key, urns];
}

/** The texts of one repeated field of the message that the field holds. */
function readTexts(wire: Wire, wanted: number): string[] {
  const texts: string[] = [];
  const outer = wire.enter();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === wanted) texts.push(wire.text());
    else wire.skip();
  wire.leave(outer);
  return texts;
}
