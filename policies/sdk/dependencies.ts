import { Sources, sourcesIn } from "../dependencies";
import { internal, overhear } from "./internal";

/** By resource, what the engine named last. */
let named: ReadonlyMap<string, Sources> = new Map();

/**
 * Keeps on what the properties of a stack's resources depend, as the engine says it: `@pulumi/policy` drops what was only read. Call it
 * before the pack is served; safe to call again.
 */
export function listenForDependencies(): void {
  overhear(internal.analyzer.analyzeStack, (request) => {
    named = new Map(
      request.getResourcesList().map((resource) => {
        const properties = [...resource.getPropertydependenciesMap().entries()];
        const urns = properties.map(([property, on]) => [property, on.getUrnsList()] as const);
        return [resource.getUrn(), sourcesIn(resource.getType(), urns)];
      }),
    );
  });
}

/** The resources on which the properties of a resource depend, those that were only read included. */
export function sourcesOf(urn: string): Sources {
  return named.get(urn) ?? {};
}
