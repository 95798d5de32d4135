import { createRequire } from "node:module";
import type {
  AnalyzeStackRequest,
  AnalyzerStackConfigureRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";

const load = createRequire(__filename);
/** Loads as `@pulumi/policy` itself does: a second copy of the SDK in the tree would never see what is changed in it. */
const loadAsPolicy = createRequire(load.resolve("@pulumi/policy"));
const deserialize = load("@pulumi/policy/deserialize") as PolicyDeserialize;
const proxy = load("@pulumi/policy/proxy") as PolicyProxy;
const { version } = load("@pulumi/policy/version") as { version: string };
const { AnalyzerService } = loadAsPolicy("@pulumi/pulumi/proto/analyzer_grpc_pb") as {
  AnalyzerService: Analyzer;
};

/** A protobuf `Struct`, as far as the SDK reads it. */
export interface WireStruct {
  toJavaScript(): Record<string, unknown>;
}
/** `@pulumi/policy/deserialize`: the engine's message becomes the plain properties that a policy sees. */
export interface PolicyDeserialize {
  deserializeProperties: (struct: WireStruct, proxySecrets: boolean) => object;
}
/** `@pulumi/policy/proxy`: hands out what it wraps under a special key. */
interface PolicyProxy {
  readonly getSpecialProxyTarget: string;
}

/** One of the engine's calls, by how its message is read. */
interface Call<M> {
  requestDeserialize: (bytes: Buffer) => M;
}
/** `@pulumi/pulumi/proto/analyzer_grpc_pb`. */
interface Analyzer {
  readonly configureStack: Call<AnalyzerStackConfigureRequest>;
  readonly analyzeStack: Call<AnalyzeStackRequest>;
}

const overheard = new WeakSet<object>();

/** Has a call's messages told before the SDK answers them; a second wish for the same call changes nothing. */
export function overhear<M>(call: Call<M>, heard: (message: M) => void): void {
  if (overheard.has(call)) return;
  const original = call.requestDeserialize;
  call.requestDeserialize = (bytes) => {
    const message = original(bytes);
    heard(message);
    return message;
  };
  overheard.add(call);
}

/** What every refusal ends with: how to get the SDK on which the parts below work. */
export function remedy(): string {
  return `The policies need @pulumi/policy ${POLICY_VERSION} exactly, once in the pack's tree: run \`npm install --save-exact @pulumi/policy@${POLICY_VERSION}\` in the pack's folder and \`npm ls @pulumi/policy\` to see that there is no other.`;
}

/** The only version of `@pulumi/policy` on which the parts below are known to be as they are used. */
export const POLICY_VERSION = "1.21.0";

/** What is used of the SDKs beyond their public surface, all in one place; `secretness.ts` checks it at every start. */
export const internal = {
  version,
  deserialize,
  analyzer: AnalyzerService,
  targetKey: proxy.getSpecialProxyTarget,
} as const;
