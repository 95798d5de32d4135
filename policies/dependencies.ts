import { remember } from "./remember";

/** A resource on which a property depends. */
export interface Source {
  readonly type: string;
  readonly name: string;
}
/** By property, the resources on which it depends. */
export type Sources = Readonly<Record<string, readonly Source[]>>;

const MOVED = /^kubernetes:core\/v1:Secret(Patch)?$/;

/**
 * On what the properties of a resource of some type depend, by the URNs that the engine names for each. Those that were only read are included: without them
 * the outputs of another stack would look like literals. What a program gives a secret of Kubernetes as text its provider moves to `data` before it is
 * judged, and the engine goes on naming the program's property alone. Where the program gives both, neither vouches for the other.
 */
export function sourcesIn(
  type: string,
  dependencies: Iterable<readonly [string, readonly string[]]>,
): Sources {
  const named: Record<string, readonly Source[]> = Object.fromEntries(
    [...dependencies].map(([property, urns]) => [
      property,
      urns.flatMap((urn) => sourceIn(urn) ?? []),
    ]),
  );
  const { data, stringData } = named;
  return MOVED.test(type) && data === undefined && stringData !== undefined
    ? { ...named, data: stringData }
    : named;
}

/** `urn:pulumi:dev::project::parent$type::name`; a name may hold colons. */
const sourceIn = remember((urn): Source | undefined => {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return type === "" ? undefined : { type, name: name.join("::") };
});
