import { createRequire } from "node:module";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzeStackRequest,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzerPropertyDependencies,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { setStackConfiguration } from "../../policies/configuration";
import { policies, prepare, rules } from "../../policies/index";
import { internal } from "../../policies/internal";
import { propertiesOf } from "../../policies/leaves";
import { policyOf } from "../../policies/policy";
import { Finding, InspectedResource, Rule } from "../../policies/rule";
import { StackConfiguration } from "../../policies/configuration";

/** A value that is not known before the update, as the engine sends it. */
export const unknown: string = internal.unknownText;

/** A value marked secret, as the engine sends it. */
export function secret(value: unknown): Record<string, unknown> {
  return { [internal.signatureKey]: internal.secretSignature, value };
}

/** A resource as a program would declare it. */
export interface Declared {
  readonly type: string;
  readonly name?: string;
  readonly properties: Record<string, unknown>;
  /** By top-level property, the names of the resources that it depends on. */
  readonly dependsOn?: Record<string, string[]>;
}

/** What the engine would show of a violation. */
export interface Violation {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
}

interface Server {
  makeAnalyzeRpcFun(...pack: unknown[]): Rpc<AnalyzeRequest>;
  makeAnalyzeStackRpcFun(...pack: unknown[]): Rpc<AnalyzeStackRequest>;
}
type Rpc<R> = (
  call: { request: R },
  done: (error: unknown, response?: AnalyzeResponse) => void,
) => Promise<void>;

const server = createRequire(__filename)("@pulumi/policy/server") as Server;
const pack = (served: unknown[]) => ["rekey", "0.0.0", "mandatory", served] as const;

/** Runs the rules (all, or those given) over one resource, through the SDK's own analysis of the engine's message. */
export async function analyze(declared: Declared, ...only: Rule[]): Promise<Violation[]> {
  await prepare();
  const request = new AnalyzeRequest();
  request.setType(declared.type);
  request.setName(nameOf(declared));
  request.setUrn(urnOf(declared));
  request.setOptions(new AnalyzerResourceOptions());
  request.setProperties(struct(declared.properties));
  return answer(server.makeAnalyzeRpcFun(...pack(served(only))), request);
}

/** Runs the rules over a whole stack, as at the end of a preview. */
export async function analyzeStack(declared: Declared[], ...only: Rule[]): Promise<Violation[]> {
  await prepare();
  const request = new AnalyzeStackRequest();
  request.setResourcesList(declared.map((one) => stackResource(one, declared)));
  return answer(server.makeAnalyzeStackRpcFun(...pack(served(only))), request);
}

/** The findings of one rule on one resource, without the SDK, with settings of the rule. */
export function findings(
  rule: Rule,
  declared: Declared,
  settings: Record<string, unknown> = {},
): Finding[] {
  const resource: InspectedResource = {
    type: declared.type,
    name: nameOf(declared),
    urn: urnOf(declared),
    properties: propertiesOf(declared.properties),
    options: {} as InspectedResource["options"],
    surroundings: { configuration: new StackConfiguration(new Map(), new Set()) },
  };
  return [...(rule.check?.(resource, rule.settings.parse(settings)) ?? [])];
}

/** Gives the stack a configuration; every key that is named second is secret. */
export function configure(settings: Record<string, string>, ...secretKeys: string[]): void {
  setStackConfiguration(new Map(Object.entries(settings)), new Set(secretKeys));
}

function served(only: Rule[]): unknown[] {
  return only.length === 0 ? policies() : only.map(policyOf);
}

async function answer<R>(run: Rpc<R>, request: R): Promise<Violation[]> {
  const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
    const done = (error: unknown, answered?: AnalyzeResponse) =>
      answered ? resolve(answered) : reject(error instanceof Error ? error : new Error("failed"));
    run({ request }, done).catch(reject);
  });
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
  resource.setOptions(new AnalyzerResourceOptions());
  resource.setProperties(struct(declared.properties));
  for (const [property, names] of Object.entries(declared.dependsOn ?? {})) {
    const on = new AnalyzerPropertyDependencies();
    on.setUrnsList(all.filter((one) => names.includes(nameOf(one))).map(urnOf));
    resource.getPropertydependenciesMap().set(property, on);
  }
  return resource;
}

function struct(properties: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

function nameOf({ name }: Declared): string {
  return name ?? "sample";
}

function urnOf(declared: Declared): string {
  return `urn:pulumi:dev::example-project::${declared.type}::${nameOf(declared)}`;
}

/** Every rule of the pack, for tests that hold for all. */
export { rules };
