import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzeStackRequest,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { SECRET, SIGNATURE, UNKNOWN_TEXT } from "../../policies/marks";

/** A value that is not known before the update, as the engine sends it. */
export const unknown: string = UNKNOWN_TEXT;

/** A value marked secret, as the engine sends it. */
export function secret(value: unknown): Record<string, unknown> {
  return { [SIGNATURE]: SECRET, value };
}

/** A resource as a program would declare it. */
export interface Declared {
  readonly type: string;
  readonly name?: string;
  readonly properties: Record<string, unknown>;
  /** A component has no provider; everything else has one unless this is false. */
  readonly managed?: boolean;
  /** What `ignoreChanges` names. */
  readonly ignoreChanges?: readonly string[];
  /** What the program gave, where a provider added to it; unless set, all properties. */
  readonly inputs?: Record<string, unknown>;
  /** It was only read, as another stack is: the engine names it as a dependency and shows nothing of it. */
  readonly read?: boolean;
  /** By top-level property, the names of the resources that it depends on. */
  readonly dependsOn?: Record<string, string[]>;
}

/** What the engine would show of a violation. */
export interface Violation {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
}

/** The engine's question about one resource, before anything happens to it. */
export function requestOf(declared: Declared): AnalyzeRequest {
  const request = new AnalyzeRequest();
  request.setType(declared.type);
  request.setName(nameOf(declared));
  request.setUrn(urnOf(declared));
  request.setOptions(optionsOf(declared));
  request.setProperties(struct(declared.inputs ?? declared.properties));
  if (declared.managed !== false) request.setProvider(provider());
  return request;
}

/** The engine's question about a whole stack, at the end. */
export function stackRequestOf(declared: readonly Declared[]): AnalyzeStackRequest {
  const request = new AnalyzeStackRequest();
  const shown = declared.filter(({ read }) => read !== true);
  request.setResourcesList(shown.map((one) => stackResource(one, declared)));
  return request;
}

/** What was found, from the answer to either. */
export function violationsIn(response: AnalyzeResponse): Violation[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    message: diagnostic.getMessage(),
    urn: diagnostic.getUrn(),
  }));
}

function stackResource(declared: Declared, all: readonly Declared[]): AnalyzerResource {
  const resource = new AnalyzerResource();
  resource.setType(declared.type);
  resource.setName(nameOf(declared));
  resource.setUrn(urnOf(declared));
  resource.setOptions(optionsOf(declared));
  resource.setProperties(struct(declared.properties));
  if (declared.managed !== false) resource.setProvider(provider());
  for (const [property, names] of Object.entries(declared.dependsOn ?? {})) {
    const on = new AnalyzerPropertyDependencies();
    on.setUrnsList(all.filter((one) => names.includes(nameOf(one))).map(urnOf));
    resource.getPropertydependenciesMap().set(property, on);
  }
  return resource;
}

function optionsOf({ ignoreChanges = [] }: Declared): AnalyzerResourceOptions {
  const options = new AnalyzerResourceOptions();
  options.setIgnorechangesList([...ignoreChanges]);
  return options;
}

function provider(): AnalyzerProviderResource {
  const made = new AnalyzerProviderResource();
  made.setType("pulumi:providers:example");
  made.setName("default");
  made.setProperties(struct({}));
  return made;
}

/** The wire form of properties. */
export function struct(properties: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** The name that a resource has unless it was given one is the same for all. */
export function nameOf({ name }: Declared): string {
  return name ?? "sample";
}

/** A resource's URN. */
export function urnOf(declared: Declared): string {
  return `urn:pulumi:dev::example-project::${declared.type}::${nameOf(declared)}`;
}
