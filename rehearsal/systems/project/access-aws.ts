import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { intakeEntryOf } from "../../../components/intake-place";
import { entryOf } from "../../../stacks/project/inventory";
import { READS } from "../../../stacks/project/workloads";
import type { Attempt } from "./access";
import { AWS_ROLES } from "./aws-identities";
import type { ProjectClouds } from "./clouds";
import { PREFIX } from "./writes";

const STORE = "AWS Secrets Manager";
/** What AWS says to whom it refuses: without a right, without a signature, with one that is not good. */
const REFUSED =
  /^(AccessDenied|AccessDeniedException|MissingAuthenticationToken|MissingAuthenticationTokenException|UnrecognizedClientException|InvalidClientTokenId)$/;

/** What each role, and whoever does not sign, tries with a secret in AWS; nothing where it is no backend. */
export function attemptsAtAws({ counted }: ProjectClouds): (secret: string) => Attempt[] {
  if (!counted) return () => [];
  const { identities } = counted;
  return (secret) => {
    const readers: Readonly<Record<string, readonly string[]>> = READS;
    const entry = `${PREFIX}/${entryOf(secret)}`;
    const calls = [
      ...Object.entries(callsFor(entry)),
      // Where its values are taken in nobody reads but the program.
      ...Object.entries(callsFor(intakeEntryOf(entry))).flatMap(([call, { own, send }]) =>
        own ? [[`${call} on the intake entry`, { own: false, send }] as const] : [],
      ),
    ];
    const of = (identity: string, client: () => Promise<SecretsManagerClient>, reads: boolean) =>
      calls.map(([call, { own, send }]) => ({
        ...{ store: STORE, identity, call, promised: reads && own },
        run: async () => allowed(send(await client())),
      }));
    return [
      ...Object.entries(AWS_ROLES).flatMap(([short, role]) =>
        of(role, () => identities.as(role), readers[short]?.includes(secret) === true),
      ),
      ...of("nobody", () => identities.nobody(), false),
    ];
  };
}

interface Call {
  /** True for what a role may do with its own secrets. */
  readonly own: boolean;
  readonly send: (client: SecretsManagerClient) => Promise<unknown>;
}

function callsFor(name: string): Readonly<Record<string, Call>> {
  const one = { SecretId: name };
  return {
    GetSecretValue: { own: true, send: (client) => client.send(new GetSecretValueCommand(one)) },
    DescribeSecret: { own: true, send: (client) => client.send(new DescribeSecretCommand(one)) },
    BatchGetSecretValue: {
      own: false,
      send: (client) => client.send(new BatchGetSecretValueCommand({ SecretIdList: [name] })),
    },
    ListSecrets: {
      own: false,
      send: (client) =>
        client.send(new ListSecretsCommand({ Filters: [{ Key: "name", Values: [name] }] })),
    },
  };
}

async function allowed(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof Error && REFUSED.test(error.name)) return false;
    throw error;
  }
}
