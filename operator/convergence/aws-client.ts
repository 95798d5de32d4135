import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";

const ANSWER_MS = 10_000;
const ATTEMPTS = 3;

const address = z.string().optional();
const endpoints = z.array(
  z.looseObject({ secretsmanager: address, iam: address, lambda: address }),
);

/**
 * A client of Secrets Manager that reaches the same AWS as the stack's provider, by the provider's settings (`aws:region`, `aws:profile`,
 * `aws:endpoints`, keys where they are set). Without keys the credentials are the operator's own, found as the AWS CLI finds them.
 *
 * @throws Error naming the setting that is missing or of no use.
 */
export function secretsManagerOf(config: ConfigMap): SecretsManagerClient {
  const { SecretsManagerClient: Client } =
    require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
  return new Client(settingsFor("secretsmanager", config));
}

/** A client of IAM; see {@link secretsManagerOf}. */
export function iamOf(config: ConfigMap): IAMClient {
  const { IAMClient: Client } =
    require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
  return new Client(settingsFor("iam", config));
}

/** A client of Lambda; see {@link secretsManagerOf}. */
export function lambdaOf(config: ConfigMap): LambdaClient {
  const { LambdaClient: Client } =
    require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
  return new Client(settingsFor("lambda", config));
}

type Service = "secretsmanager" | "iam" | "lambda";

function settingsFor(service: Service, config: ConfigMap) {
  const setting = (key: string) => config[`aws:${key}`]?.value || undefined;
  const region =
    setting("region") ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (region === undefined)
    throw new Error("aws:region is missing: set it with `pulumi config set aws:region`");
  const [accessKeyId, secretAccessKey] = [setting("accessKey"), setting("secretKey")];
  const [sessionToken, profile] = [setting("token"), setting("profile")];
  const endpoint = endpointIn(service, setting("endpoints"));
  return {
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      requestTimeout: ANSWER_MS,
      connectionTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  };
}

function endpointIn(service: Service, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = endpoints.safeParse(json(text));
  if (!parsed.success)
    throw new Error(`aws:endpoints is no list of addresses: \`[{ ${service}: <address> }]\``);
  return parsed.data.flatMap((one) => one[service] ?? []).at(-1);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
