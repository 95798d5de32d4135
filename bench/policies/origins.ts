import { Declared, secret, unknown } from "../../test/policies/harness";
import { Kind, random } from "./values";
import type { Place, Wire } from "./places";

/** Where a value comes from. It decides whether the program is right. */
export type Origin =
  | "literal"
  | "pulumi.secret(literal)"
  | "encrypted setting"
  | "plain setting"
  | "generated"
  | "generated, not known yet"
  | "unwrapped"
  | "interpolated"
  | "encoded";

/** Every origin of the benchmark. */
export const origins: readonly Origin[] = [
  "literal",
  "pulumi.secret(literal)",
  "encrypted setting",
  "plain setting",
  "generated",
  "generated, not known yet",
  "unwrapped",
  "interpolated",
  "encoded",
];

/** What the engine would send, and what a scanner of texts would read. */
export interface Given {
  readonly wire: Wire;
  /** The same as TypeScript. */
  readonly expression: string;
  /** Lines before the resource. */
  readonly declarations: readonly string[];
  /** The stack's settings: plain ones as they are, encrypted ones as their text. */
  readonly settings: Readonly<Record<string, string>>;
  readonly encrypted: readonly string[];
  readonly others: readonly Declared[];
  readonly dependsOn: readonly string[];
}

const SETTING = "example-project:setting";
const NETWORK: Declared = {
  type: "gcp:sql/databaseInstance:DatabaseInstance",
  name: "database",
  properties: { name: "db", databaseVersion: "POSTGRES_18" },
};
const HOST = "db.example.com";

/** Gives a value by an origin. */
export function give(origin: Origin, value: string): Given {
  const none = { declarations: [], settings: {}, encrypted: [], others: [], dependsOn: [] };
  const literal = JSON.stringify(value);
  switch (origin) {
    case "literal":
      return { ...none, wire: value, expression: literal };
    case "pulumi.secret(literal)":
      return { ...none, wire: secret(value), expression: `pulumi.secret(${literal})` };
    case "encrypted setting":
      return {
        ...none,
        wire: secret(value),
        expression: `new pulumi.Config().requireSecret("setting")`,
        settings: { [SETTING]: value },
        encrypted: [SETTING],
      };
    case "plain setting":
      return {
        ...none,
        wire: value,
        expression: `new pulumi.Config().require("setting")`,
        settings: { [SETTING]: value },
      };
    case "unwrapped":
      return {
        ...none,
        wire: value,
        expression: `pulumi.unsecret(new pulumi.Config().requireSecret("setting"))`,
        settings: { [SETTING]: value },
        encrypted: [SETTING],
      };
    case "generated":
    case "generated, not known yet":
      return { ...none, ...generated(origin === "generated" ? value : unknown) };
    case "interpolated":
      return {
        ...none,
        wire: `host=${HOST} ${value}`,
        expression: `pulumi.interpolate\`host=\${database.connectionName} ${escaped(value)}\``,
        declarations: [
          `const database = new gcp.sql.DatabaseInstance("database", { databaseVersion: "POSTGRES_18" });`,
        ],
        others: [NETWORK],
        dependsOn: ["database"],
      };
    case "encoded": {
      const encoded = Buffer.from(value).toString("base64");
      return { ...none, wire: encoded, expression: JSON.stringify(encoded) };
    }
  }
}

function generated(value: unknown) {
  const password: Declared = {
    type: "random:index/randomPassword:RandomPassword",
    name: "password",
    properties: { length: 32, result: secret(value) },
    inputs: { length: 32 },
  };
  return {
    wire: secret(value),
    expression: "password.result",
    declarations: [
      `import * as random from "@pulumi/random";`,
      `const password = new random.RandomPassword("password", { length: 32 });`,
    ],
    others: [password],
    dependsOn: ["password"],
  };
}

function escaped(value: string): string {
  return value.replace(/[`\\$]/g, "\\$&");
}

/** The ciphertext that stands in a stack's file for an encrypted setting: noise of the value's length. */
export function ciphertext(value: string): string {
  const noise = random(
    `ciphertext ${value}`,
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    16 + Math.ceil((value.length + 16) / 3) * 4,
  );
  return `v1:${noise.slice(0, 16)}:${noise.slice(16)}`;
}

/**
 * Whether a value of an origin is wrong at a place; undefined where nobody could tell, so that the cell does not count.
 *
 * A sink wants declared secrets and nothing else. Where everyone reads, any secret is wrong. Any other property is no place for a
 * generated secret, a literal one or one whose mark was taken off; encrypted settings hold more than credentials and may stand there.
 */
export function isWrong(
  origin: Origin,
  { purpose, bySdk, named }: Place,
  { form }: Kind,
): boolean | undefined {
  const declared = origin === "encrypted setting" || origin.startsWith("generated");
  if (purpose === "sink") {
    // The SDK puts the mark on again: the value arrives as the secret that it is.
    if (origin === "unwrapped") return bySdk ? undefined : true;
    return !declared;
  }
  if (purpose === "elsewhere" && origin === "encrypted setting") return false;
  // A text without a form under a name that says nothing is a text; only its origin could tell, and these have none.
  const untold = ["literal", "plain setting", "interpolated", "encoded"].includes(origin);
  return untold && !named && !form ? undefined : true;
}
