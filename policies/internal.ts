import { createRequire } from "node:module";

const load = createRequire(__filename);
const deserialize = load("@pulumi/policy/deserialize") as PolicyDeserialize;
const proxy = load("@pulumi/policy/proxy") as PolicyProxy;
const { version } = load("@pulumi/policy/version") as { version: string };
const rpc = load("@pulumi/pulumi/runtime/rpc") as PulumiRpc;

/** A protobuf `Struct`, as far as the SDK reads it. */
export interface WireStruct {
  toJavaScript(): Record<string, unknown>;
}
/** `@pulumi/policy/deserialize`: the engine's message becomes the plain properties that a policy sees. */
export interface PolicyDeserialize {
  deserializeProperties: (struct: WireStruct, proxySecrets: boolean) => object;
}
/** `@pulumi/policy/proxy`: throws when a policy reads an unknown; hands out what it wraps under a special key. */
interface PolicyProxy {
  unknownCheckingProxy<T extends object>(target: T): T;
  readonly getSpecialProxyTarget: string;
  readonly unknownBooleanValue: string;
  readonly unknownNumberValue: string;
  readonly unknownStringValue: string;
  readonly unknownArrayValue: string;
  readonly unknownAssetValue: string;
  readonly unknownArchiveValue: string;
  readonly unknownObjectValue: string;
}
interface PulumiRpc {
  readonly specialSigKey: string;
  readonly specialSecretSig: string;
}

/** The only version of `@pulumi/policy` on which the parts below are known to be as they are used. */
export const POLICY_VERSION = "1.21.0";

/** What is used of the SDKs beyond their public surface, all in one place; `secretness.ts` checks it at every start. */
export const internal = {
  version,
  deserialize,
  targetKey: proxy.getSpecialProxyTarget,
  signatureKey: rpc.specialSigKey,
  secretSignature: rpc.specialSecretSig,
  unknownText: proxy.unknownStringValue,
  unknowns: new Set([
    proxy.unknownBooleanValue,
    proxy.unknownNumberValue,
    proxy.unknownStringValue,
    proxy.unknownArrayValue,
    proxy.unknownAssetValue,
    proxy.unknownArchiveValue,
    proxy.unknownObjectValue,
  ]),
} as const;
