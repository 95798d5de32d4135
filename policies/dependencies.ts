import { createRequire } from "node:module";
import type { AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb";

/** A resource on which a property depends. */
export interface Source {
  readonly type: string;
  readonly name: string;
}

/** By resource and property, the URNs that the engine named last. */
let named: ReadonlyMap<string, Readonly<Record<string, readonly string[]>>> = new Map();
let listening = false;

/**
 * Keeps on what the properties of a stack's resources depend, as the engine says it: `@pulumi/policy` drops what was only read, so that
 * the outputs of another stack would look like literals. Call it before the pack is served; safe to call again.
 */
export function listenForDependencies(): void {
  if (listening) return;
  const { AnalyzerService } = createRequire(__filename)(
    "@pulumi/pulumi/proto/analyzer_grpc_pb",
  ) as {
    AnalyzerService: {
      analyzeStack: { requestDeserialize: (bytes: Buffer) => AnalyzeStackRequest };
    };
  };
  const original = AnalyzerService.analyzeStack.requestDeserialize;
  AnalyzerService.analyzeStack.requestDeserialize = (bytes) => {
    const request = original(bytes);
    named = new Map(
      request.getResourcesList().map((resource) => {
        const properties = [...resource.getPropertydependenciesMap().entries()];
        const urns = properties.map(([property, on]) => [property, on.getUrnsList()] as const);
        return [resource.getUrn(), Object.fromEntries(urns)];
      }),
    );
    return request;
  };
  listening = true;
}

/** The resources on which the properties of a resource depend, those that were only read included. */
export function sourcesOf(urn: string): Record<string, Source[]> {
  return Object.fromEntries(
    Object.entries(named.get(urn) ?? {}).map(([property, urns]) => [
      property,
      urns.flatMap((one) => sourceIn(one) ?? []),
    ]),
  );
}

/** `urn:pulumi:dev::project::parent$type::name`; a name may hold colons. */
function sourceIn(urn: string): Source | undefined {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return type === "" ? undefined : { type, name: name.join("::") };
}
