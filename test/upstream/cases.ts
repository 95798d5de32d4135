import type { Properties } from "../../rehearsal/providers/protocol/values";

/** What a plugin is asked about one kind of resource. */
export interface Case {
  token: string;
  /** Inputs to create with, refused ones among them. */
  inputs: readonly Properties[];
  /** Inputs to go over to from each of `inputs`; `undefined` takes one away. */
  changes: readonly Properties[];
  imports?: readonly string[];
}

const TEXT: Omit<Case, "token"> = {
  inputs: [
    { length: 16 },
    { length: 16, keepers: { generation: "1" } },
    { length: 24, lower: true, upper: true, numeric: true, special: false, minUpper: 2 },
    { length: 16, special: true, overrideSpecial: "-_" },
    { length: 16, number: false },
    { length: 0 },
    { length: 3, minLower: 2, minUpper: 2 },
    { length: 16, number: false, numeric: true },
    {},
  ],
  changes: [
    {},
    ...["lower", "upper", "numeric", "special"].flatMap((flag) =>
      [true, false, undefined].map((value) => ({ [flag]: value })),
    ),
    ...[{ length: 17 }, { minUpper: 0 }, { minUpper: 1 }, { overrideSpecial: "_" }],
    ...[{ keepers: { generation: "2" } }, { keepers: undefined }],
    { keepers: { generation: "1", more: "x" } },
  ],
  imports: ["Imported-value-1", "pässword"],
};

/** By package. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  random: [
    { token: "random:index/randomPassword:RandomPassword", ...TEXT },
    { token: "random:index/randomString:RandomString", ...TEXT },
    {
      token: "random:index/randomBytes:RandomBytes",
      inputs: [{ length: 32 }, { length: 32, keepers: { a: "1" } }, { length: 0 }],
      changes: [{}, { length: 16 }, { keepers: { a: "2" } }, { keepers: undefined }],
      imports: ["aGVsbG8=", "not base64!"],
    },
    {
      token: "random:index/randomId:RandomId",
      inputs: [{ byteLength: 4 }, { byteLength: 4, prefix: "app-" }],
      changes: [{}, { byteLength: 5 }, { prefix: "b-" }, { prefix: undefined }],
      imports: ["!!"],
    },
    {
      token: "random:index/randomUuid:RandomUuid",
      inputs: [{}, { keepers: { a: "1" } }],
      changes: [{}, { keepers: { a: "2" } }],
      imports: ["nouuid"],
    },
    {
      token: "random:index/randomInteger:RandomInteger",
      inputs: [
        { min: 1, max: 9 },
        { min: 5, max: 1 },
      ],
      changes: [{}, { min: 2 }, { max: 10 }, { keepers: { a: "1" } }],
      imports: ["3"],
    },
  ],
  tls: [
    {
      token: "tls:index/privateKey:PrivateKey",
      inputs: [
        { algorithm: "ECDSA", ecdsaCurve: "P256" },
        ...[{ algorithm: "ECDSA" }, { algorithm: "ED25519" }, { algorithm: "RSA" }],
        ...[
          { algorithm: "RSA", rsaBits: 1024 },
          { algorithm: "RSA", rsaBits: 512 },
        ],
        ...[{ algorithm: "DSA" }, { algorithm: "ECDSA", ecdsaCurve: "P192" }, {}],
      ],
      changes: [
        ...[{}, { ecdsaCurve: "P224" }, { ecdsaCurve: "P384" }, { ecdsaCurve: undefined }],
        ...[{ rsaBits: 2048 }, { rsaBits: 3072 }, { rsaBits: undefined }, { algorithm: "RSA" }],
      ],
      imports: ["id"],
    },
  ],
};
