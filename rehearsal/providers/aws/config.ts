import type { ECSClient } from "@aws-sdk/client-ecs";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Properties } from "../protocol/values";

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/;

const endpoint = z.string().regex(LOOPBACK, {
  message: "must be an address on this machine (http://127.0.0.1:<port>)",
});
const text = z.string().min(1);

// The engine hands over lists and numbers as JSON text.
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === "string" ? fromJson(value) : value), schema);
const flag = json(z.boolean()).optional();

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    // Text that is no JSON is left to the schema, which says what is allowed.
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

const endpoints = json(
  z
    .array(
      z.strictObject({
        secretsmanager: endpoint.optional(),
        ecs: endpoint.optional(),
        iam: endpoint.optional(),
        kms: endpoint.optional(),
        lambda: endpoint.optional(),
        sts: endpoint.optional(),
      }),
    )
    .min(1),
);

/**
 * The settings of the aws provider, named as the official one names them. The end points must be on loopback, and a service without
 * one cannot be used: this provider never speaks to AWS.
 */
export const awsConfig = z.strictObject({
  region: text,
  accessKey: text,
  secretKey: text,
  token: text.optional(),
  endpoints,
  /** Attempts at a call that fails, the first included. 0 is unset: 3 here, 25 with the official provider. */
  maxRetries: json(z.number().int().min(0)).optional(),
  skipCredentialsValidation: flag,
  skipMetadataApiCheck: flag,
  skipRegionValidation: flag,
  skipRequestingAccountId: flag,
});

/** What the resources of the aws provider work with. */
export interface Aws {
  readonly region: string;
  readonly secretsManager: SecretsManagerClient;
  readonly ecs: ECSClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
}

const [REQUEST_MS, ATTEMPTS] = [6_000, 3];

type Service = "secretsmanager" | "ecs" | "iam" | "kms" | "lambda";

/** Makes the clients, each when it is first used: loading one takes a third of a second. */
export function configureAws(config: Properties): Aws {
  const settings = awsConfig.parse(config);
  const { region, accessKey, secretKey, token, maxRetries = 0 } = settings;
  const addresses = Object.assign({}, ...settings.endpoints) as Partial<Record<Service, string>>;
  const options = (service: Service) => {
    const address = addresses[service];
    if (address === undefined)
      throw new Error(
        `provider aws has no end point for ${service}; add one on this machine to aws:endpoints`,
      );
    return {
      region,
      endpoint: address,
      maxAttempts: maxRetries || ATTEMPTS,
      credentials: {
        accessKeyId: accessKey,
        secretAccessKey: secretKey,
        ...(token === undefined ? {} : { sessionToken: token }),
      },
      requestHandler: {
        requestTimeout: REQUEST_MS,
        connectionTimeout: REQUEST_MS,
        throwOnRequestTimeout: true,
      },
    };
  };
  const made = new Map<Service, unknown>();
  const once = <Client>(service: Service, make: () => Client): Client => {
    if (!made.has(service)) made.set(service, make());
    return made.get(service) as Client;
  };
  return {
    region,
    get secretsManager() {
      return once("secretsmanager", () => {
        const sdk =
          require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
        return new sdk.SecretsManagerClient(options("secretsmanager"));
      });
    },
    get ecs() {
      return once("ecs", () => {
        const sdk = require("@aws-sdk/client-ecs") as typeof import("@aws-sdk/client-ecs");
        return new sdk.ECSClient(options("ecs"));
      });
    },
    get iam() {
      return once("iam", () => {
        const sdk = require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
        return new sdk.IAMClient(options("iam"));
      });
    },
    get kms() {
      return once("kms", () => {
        const sdk = require("@aws-sdk/client-kms") as typeof import("@aws-sdk/client-kms");
        return new sdk.KMSClient(options("kms"));
      });
    },
    get lambda() {
      return once("lambda", () => {
        const sdk = require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
        return new sdk.LambdaClient(options("lambda"));
      });
    },
  };
}
