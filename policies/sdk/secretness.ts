import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { createRequire } from "node:module";
import {
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzerResourceOptions,
} from "@pulumi/pulumi/proto/analyzer_pb";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { SECRET, SIGNATURE, UNKNOWN_TEXT } from "../marks";
import { POLICY_VERSION, WireStruct, internal, remedy } from "./internal";
import { Dictionary, at, propertiesOf } from "../leaves";

/** The engine's message behind the properties that the SDK made of it. */
const kept = new WeakMap<object, WireStruct>();
/** The SDK reads the same message anew for every policy; one reading serves them all. */
const read = new WeakMap<WireStruct, object>();
const trees = new WeakMap<WireStruct, Dictionary>();
let installed = false;

/**
 * Keeps the secret marks. The engine sends them, `@pulumi/policy` drops them before a policy sees the properties
 * (pulumi/pulumi-policy#241); from here on they are kept aside for {@link inspect}. The properties are read once a message instead of
 * once a policy, so policies of one's own beside these must not change what they are given; the SDK forbids that to validations too.
 * Safe to call again.
 */
export function keepSecretMarks(): void {
  if (installed) return;
  const original = internal.deserialize.deserializeProperties;
  internal.deserialize.deserializeProperties = (struct: WireStruct, proxySecrets: boolean) => {
    const known = proxySecrets ? undefined : read.get(struct);
    if (known) return known;
    const properties = original(struct, proxySecrets);
    kept.set(properties, struct);
    if (!proxySecrets) read.set(struct, properties);
    return properties;
  };
  installed = true;
}

/**
 * The tree of a resource's properties with secret marks and unknowns, from the `props` that the SDK handed to a policy.
 *
 * @throws Error when the marks were not kept: a rule that cannot see them must not let anything pass.
 */
export function inspect(props: object): Dictionary {
  const target = (props as Record<string, object | undefined>)[internal.targetKey];
  const struct = kept.get(target ?? props);
  if (struct === undefined)
    throw new Error(
      "The policies cannot see which properties are secret, so they let nothing pass. " + remedy(),
    );
  const tree = trees.get(struct) ?? propertiesOf(struct.toJavaScript());
  trees.set(struct, tree);
  return tree;
}

/**
 * Proves on the SDK's own analysis function, with a secret and an unknown, that the marks arrive.
 *
 * @throws Error naming the version that is needed, when they do not. The pack then does not start and the engine refuses to go on.
 */
export async function checkSecretMarks(): Promise<void> {
  if (internal.version !== POLICY_VERSION)
    throw new Error(`Found @pulumi/policy ${internal.version}. ${remedy()}`);
  let seen: Dictionary | undefined;
  await analyze({
    name: "secret-marks",
    description: "Whether secret marks arrive.",
    enforcementLevel: "mandatory",
    validateResource: (args) => {
      seen = inspect(args.props);
    },
  });
  const marked = at(seen, "list", 0, "marked");
  const arrived =
    marked?.kind === "unknown" &&
    marked.secret === "self" &&
    at(seen, "list", 0, "plain")?.secret === "none";
  if (!arrived) throw new Error(`A secret mark was lost on its way. ${remedy()}`);
}

type Analyze = (
  call: { request: AnalyzeRequest },
  done: (error: unknown, response?: AnalyzeResponse) => void,
) => Promise<void>;

async function analyze(policy: ResourceValidationPolicy): Promise<void> {
  const server = createRequire(__filename)("@pulumi/policy/server") as {
    makeAnalyzeRpcFun(pack: string, version: string, level: string, policies: unknown[]): Analyze;
  };
  const request = new AnalyzeRequest();
  request.setType("rekey:index:Probe");
  request.setName("probe");
  request.setOptions(new AnalyzerResourceOptions());
  const marked = {
    [SIGNATURE]: SECRET,
    value: UNKNOWN_TEXT,
  };
  request.setProperties(Struct.fromJavaScript({ list: [{ marked, plain: "plain" }] }));
  const run = server.makeAnalyzeRpcFun("rekey", "0.0.0", "mandatory", [policy]);
  await new Promise<void>((resolve, reject) => {
    const done = (error: unknown) =>
      error ? reject(error instanceof Error ? error : new Error("analysis failed")) : resolve();
    run({ request }, done).catch(reject);
  });
}
