import * as pulumi from "@pulumi/pulumi";
import type * as resource from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor, setMocks } from "@pulumi/pulumi/runtime/mocks";
import { deserializeProperties, specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { answer } from "./mock-answers";

/** A resource as the program registered it, with the options that decide what the engine may do to it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** The parent's URN; empty at the top. */
  readonly parent: string;
  readonly custom: boolean;
  /** As the provider would get them; a secret stands in its envelope, see {@link secretEnvelope}. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** The id that it is taken over by; empty for one that is created. */
  readonly importId: string;
  /** The names of the resources that it waits for, in alphabetical order. */
  readonly dependencies: readonly string[];
  /** The names of the hooks that run before its deletion. */
  readonly beforeDelete: readonly string[];
  /** The names of the hooks that run before its update in place. */
  readonly beforeUpdate: readonly string[];
  /** The names of the hooks that run before its creation. */
  readonly beforeCreate: readonly string[];
  /** Whose change replaces it; undefined where it has none. */
  readonly replacementTrigger: unknown;
  /** What the engine is told that it was called before: names, or whole URNs where the SDK resolves them itself. */
  readonly aliases: readonly string[];
  /** What a component registered at the end of its constructor; undefined where it forgot to. */
  outputs?: Readonly<Record<string, unknown>>;
}

/** What a program under mocks returned and registered, in the order of type and name. */
export interface Run<T> {
  readonly result: T;
  readonly resources: readonly Registered[];
}

/** How a program is run; every part has a default. */
export interface RunOptions {
  /** The stack's configuration, by full key; values that are no text are given as JSON, as the engine gives them. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  /** What the functions that the program calls answer, by token, beside {@link ANSWERS}; a call of any other fails. */
  readonly calls?: Readonly<Record<string, Record<string, unknown>>>;
  /** The value that stands where one was taken in past the program; a canary unless set. */
  readonly takenIn?: string;
  /** True to have the SDK itself work out the aliases that children inherit, which the engine does otherwise. */
  readonly aliasesBySdk?: boolean;
}

/** A value as it stands in a resource's inputs when it is marked secret. */
export function secretEnvelope(value: unknown): Record<string, unknown> {
  return { [specialSigKey]: specialSecretSig, value };
}

/** True for what {@link secretEnvelope} makes. */
export function isEnvelope(value: unknown): value is { readonly value: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<string, unknown>)[specialSigKey] === specialSecretSig
  );
}

/** The function that lists a secret's versions in AWS, without their values. */
export const LIST_VERSIONS = "aws:secretsmanager/getSecretVersions:getSecretVersions";

/** What the clouds tell a program that asks: of a secret in AWS that no function has rotated yet. */
const ANSWERS: NonNullable<RunOptions["calls"]> = {
  [LIST_VERSIONS]: { versions: [{ versionStages: ["AWSCURRENT", "rekey-g1", "rekey-declared"] }] },
};

let registered: Registered[] = [];

/** How the SDK calls the monitor back. */
type Callback = (error: unknown, answer: unknown) => void;

const original = {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its monitor below
  register: MockMonitor.prototype.registerResource,
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its monitor below
  outputs: MockMonitor.prototype.registerResourceOutputs,
};

// The mocks show a resource's inputs only. Which slot is protected, imported or held back is in the request.
MockMonitor.prototype.registerResource = function (
  this: MockMonitor,
  request: resource.RegisterResourceRequest,
  callback: Callback,
) {
  return original.register.call(this, request, (error: unknown, answer: unknown) => {
    if (!error)
      registered.push(describe(request, (answer as resource.RegisterResourceResponse).getUrn()));
    callback(error, answer);
  });
};

MockMonitor.prototype.registerResourceOutputs = function (
  this: MockMonitor,
  request: resource.RegisterResourceOutputsRequest,
  callback: Callback,
) {
  const found = registered.find(({ urn }) => urn === request.getUrn());
  if (found) found.outputs = propertiesOf(request.getOutputs());
  original.outputs.call(this, request, callback);
};

// @pulumi/pulumi 3.248 says that its mocks support hooks, but the mock monitor has no method to register one.
Object.assign(MockMonitor.prototype, {
  registerResourceHook: (_request: unknown, callback: Callback) => callback(null, {}),
});

function describe(request: resource.RegisterResourceRequest, urn: string): Registered {
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: propertiesOf(request.getObject()),
    protect: request.getProtect() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    importId: request.getImportid(),
    dependencies: request.getDependenciesList().map(nameOf).sort(),
    beforeDelete: request.getHooks()?.getBeforeDeleteList() ?? [],
    beforeUpdate: request.getHooks()?.getBeforeUpdateList() ?? [],
    beforeCreate: request.getHooks()?.getBeforeCreateList() ?? [],
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
    aliases: [
      ...request.getAliasesList().map((alias) => alias.getSpec()?.getName() || alias.getUrn()),
      ...request.getAliasurnsList(),
    ],
  };
}

function propertiesOf(
  struct: ReturnType<resource.RegisterResourceRequest["getObject"]>,
): Record<string, unknown> {
  return struct ? deserializeProperties(struct) : {};
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/**
 * Runs a program against mocks and waits until everything that it declares is registered. What the program throws is thrown on,
 * after its resources are settled. One run at a time: the SDK keeps the monitor in a global.
 */
export async function run<T>(
  program: () => T,
  { config = {}, stack = "test", calls = {}, takenIn, aliasesBySdk = false }: RunOptions = {},
): Promise<Run<T>> {
  registered = [];
  const answers = { ...ANSWERS, ...calls };
  const call = ({ token }: pulumi.runtime.MockCallArgs) => answers[token] ?? unexpected(token);
  const newResource = (args: pulumi.runtime.MockResourceArgs) => answer(args, takenIn);
  await setMocks({ newResource, call }, "rekey", stack, false);
  const { globalStore } = globalThis as unknown as { globalStore: { supportsAliasSpecs: boolean } };
  globalStore.supportsAliasSpecs = !aliasesBySdk;
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  // The SDK reads the stack of every promise that it makes; mapping those back to sources takes most of a run's time.
  const mapped = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  try {
    const result = program();
    await pulumi.runtime.disconnect();
    return { result, resources: registered.sort(byTypeAndName) };
  } catch (error) {
    await pulumi.runtime.disconnect();
    throw error;
  } finally {
    process.setSourceMapsEnabled(mapped);
  }
}

function byTypeAndName(one: Registered, other: Registered): number {
  return keyOf(one).localeCompare(keyOf(other), "en");
}

/** What tells a resource from every other one of its stack: type and logical name. */
export function keyOf({ type, name }: Registered): string {
  return `${type} ${name}`;
}

function unexpected(token: string): never {
  throw new Error(`a program asks the cloud with ${token}, which this test does not answer`);
}

/** The resource of that name; throws with the names there are. */
export function named(resources: readonly Registered[], name: string): Registered {
  const found = resources.filter((one) => one.name === name);
  if (found.length === 1 && found[0]) return found[0];
  const names = resources.map((one) => one.name).join(", ");
  throw new Error(`${found.length} resources are named ${name}; there are ${names}`);
}

/** What providers manage: everything but the components, which only group. */
export function managed(resources: readonly Registered[]): Registered[] {
  return resources.filter(({ custom }) => custom);
}

/** A value with the mark that says whether it is secret. */
export async function settled<T>(
  output: pulumi.Output<T> | undefined,
): Promise<{ value: T; isSecret: boolean }> {
  if (!output) throw new Error("there is no output");
  const inner = output as unknown as {
    promise(): Promise<T>;
    readonly isSecret: Promise<boolean>;
  };
  return { value: await inner.promise(), isSecret: await inner.isSecret };
}
