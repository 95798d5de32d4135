import {
  AnalyzeResponse,
  ConfigureAnalyzerRequest,
  PolicyConfig,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { rules } from "../../policies/all-rules";
import { levelOf } from "../../policies/analyzer/messages";
import { analyzer } from "../../policies/analyzer/service";
import { StackConfiguration, setStackConfiguration } from "../../policies/configuration";
import { forgetInputs, resourceOf } from "../../policies/inspected";
import { propertiesOf } from "../../policies/leaves";
import { Finding, Rule } from "../../policies/rule";
import {
  Declared,
  Violation,
  nameOf,
  requestOf,
  stackRequestOf,
  struct,
  urnOf,
  violationsIn,
} from "./declared";

/** Runs the rules (all, or those given) over one resource, through the pack's answers to the engine's messages. */
export function analyze(declared: Declared, ...only: Rule[]): Promise<Violation[]> {
  return inOneRun(only, (pack) => pack.alone(declared));
}

/** Runs the rules over every resource by itself and then over the whole stack, as a preview does. */
export function analyzeProgram(declared: Declared[], ...only: Rule[]): Promise<Violation[]> {
  return inOneRun(only, (pack) => [
    ...declared.filter(({ read }) => read !== true).flatMap(pack.alone),
    ...pack.stack(declared),
  ]);
}

/** Runs the rules over a whole stack, as at the end of a preview. */
export function analyzeStack(declared: Declared[], ...only: Rule[]): Promise<Violation[]> {
  return inOneRun(only, (pack) => pack.stack(declared));
}

interface Running {
  readonly alone: (declared: Declared) => Violation[];
  readonly stack: (declared: readonly Declared[]) => Violation[];
}

/** A promise, so that a pack that fails is a promise that is rejected. */
async function inOneRun<T>(only: readonly Rule[], run: (pack: Running) => T): Promise<T> {
  await Promise.resolve();
  forgetInputs();
  const served = only.length === 0 ? rules : only;
  const pack = { name: "rekey", version: "0.0.0", description: "A pack.", rules: served };
  const { Analyze, AnalyzeStack, Configure } = analyzer(pack);
  if (Object.keys(configured).length > 0) Configure(configuration(served).serializeBinary());
  const told = (answer: Uint8Array) => violationsIn(AnalyzeResponse.deserializeBinary(answer));
  return run({
    alone: (declared) => told(Analyze(requestOf(declared).serializeBinary())),
    stack: (declared) => told(AnalyzeStack(stackRequestOf(declared).serializeBinary())),
  });
}

/** As the engine sends it: for every rule its level and settings. */
function configuration(served: readonly Rule[]): ConfigureAnalyzerRequest {
  const request = new ConfigureAnalyzerRequest();
  for (const rule of served) {
    const own = new PolicyConfig();
    own.setEnforcementlevel(levelOf(rule));
    own.setProperties(struct({ ...configured[rule.id] }));
    request.getPolicyconfigMap().set(rule.id, own);
  }
  return request;
}

/** The findings of one rule on one resource, with settings of the rule. */
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
    options: { ...(declared.ignoreChanges && { ignoreChanges: declared.ignoreChanges }) },
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

/** Every rule of the pack, for tests that hold for all. */
export { rules };
export { Declared, Violation, secret, unknown } from "./declared";
