import { createRequire } from "node:module";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzeStackRequest,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { setStackConfiguration } from "../../policies/configuration";
import { policies, prepare, rules } from "../../policies/index";
import { forgetInputs, resourceOf } from "../../policies/inspected";
import { internal } from "../../policies/internal";
import { propertiesOf } from "../../policies/leaves";
import { Policy, policyOf } from "../../policies/policy";
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
  await (prepared ??= prepare());
  forgetInputs();
  return analyzeOne(declared, only);
}

/** Runs the rules over every resource by itself and then over the whole stack, as a preview does. */
export async function analyzeProgram(declared: Declared[], ...only: Rule[]): Promise<Violation[]> {
  await (prepared ??= prepare());
  forgetInputs();
  const found: Violation[] = [];
  for (const one of declared.filter(({ read }) => read !== true))
    found.push(...(await analyzeOne(one, only)));
  return [...found, ...(await analyzeAll(declared, only))];
}

/** Runs the rules over a whole stack, as at the end of a preview. */
export async function analyzeStack(declared: Declared[], ...only: Rule[]): Promise<Violation[]> {
  await (prepared ??= prepare());
  forgetInputs();
  return analyzeAll(declared, only);
}

async function analyzeOne(declared: Declared, only: Rule[]): Promise<Violation[]> {
  const request = new AnalyzeRequest();
  request.setType(declared.type);
  request.setName(nameOf(declared));
  request.setUrn(urnOf(declared));
  request.setOptions(optionsOf(declared));
  request.setProperties(struct(declared.inputs ?? declared.properties));
  if (declared.managed !== false) request.setProvider(provider());
  return answer(server.makeAnalyzeRpcFun(...pack(served(only))), request);
}

async function analyzeAll(declared: Declared[], only: Rule[]): Promise<Violation[]> {
  const request = new AnalyzeStackRequest();
  const shown = declared.filter(({ read }) => read !== true);
  request.setResourcesList(shown.map((one) => stackResource(one, declared)));
  const sent = AnalyzerService.analyzeStack.requestDeserialize(
    Buffer.from(request.serializeBinary()),
  );
  return answer(server.makeAnalyzeStackRpcFun(...pack(served(only))), sent);
}

/** The findings of one rule on one resource, without the SDK, with settings of the rule. */
export function findings(
  rule: Rule,
  declared: Declared,
  settings: Record<string, unknown> = {},
): Finding[] {
  const resource = resourceOf({
    type: declared.type,
    name: nameOf(declared),
    urn: urnOf(declared),
    properties: propertiesOf(declared.properties),
    options: { ignoreChanges: declared.ignoreChanges } as InspectedResource["options"],
    managed: declared.managed !== false,
    surroundings: { configuration: new StackConfiguration(new Map(), new Set()) },
  });
  return [...(rule.check?.(resource, rule.settings.parse(settings)) ?? [])];
}

/** Gives the stack a configuration; every key that is named second is secret. */
export function configure(settings: Record<string, string>, ...secretKeys: string[]): void {
  setStackConfiguration(new Map(Object.entries(settings)), new Set(secretKeys));
}

// As the engine does before anything is analysed.
configure({});

let configured: Readonly<Record<string, object>> = {};

/** Runs with a configuration of the policies, by rule, in place of the one that the engine would send. */
export async function withPolicyConfiguration<T>(
  configuration: Readonly<Record<string, object>>,
  run: () => Promise<T>,
): Promise<T> {
  configured = configuration;
  try {
    return await run();
  } finally {
    configured = {};
  }
}

let prepared: Promise<void> | undefined;
let every: Policy[] | undefined;

function served(only: Rule[]): unknown[] {
  const all = only.length === 0 ? (every ??= policies()) : only.map(policyOf);
  return all.map((policy) => {
    const getConfig = <C>() => (configured[policy.name] ?? {}) as C;
    const { validateResource, validateStack } = policy;
    return {
      ...policy,
      ...(validateResource && {
        validateResource: (...[args, report]: Parameters<typeof validateResource>) =>
          validateResource({ ...args, getConfig }, report),
      }),
      ...(validateStack && {
        validateStack: (...[args, report]: Parameters<typeof validateStack>) =>
          validateStack({ ...args, getConfig }, report),
      }),
    };
  });
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
