import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { SecretText } from "../../../components/secret-text";
import type { Aws } from "../../clouds/aws";

/** The IAM roles of project's own that are there before rekey comes. */
export const AWS_READERS = {
  backend: "project-backend",
  agents: "project-agents",
  backup: "project-backup",
  monitoring: "project-monitoring",
} as const;

/** All of them, and another system's. */
export const AWS_ROLES = { ...AWS_READERS, stranger: "stranger" } as const;

const DEPLOYER = "deployer";
const ATTEMPTS = 2;

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretText;
  readonly sessionToken?: SecretText;
}

/** Whoever asks AWS: by role name, or nobody, who signs nothing. One client each, kept until {@link AwsIdentities.close}. */
export class AwsIdentities {
  private readonly clients = new Map<string, Promise<SecretsManagerClient>>();

  private constructor(
    private readonly aws: Aws,
    private readonly deployer: Key,
  ) {}

  /** Makes the roles, and a user who may take each of them on: the account's root may not. */
  static async make(aws: Aws): Promise<AwsIdentities> {
    const iam = new IAMClient(options(aws, aws));
    try {
      const trust = policy("sts:AssumeRole", {
        Principal: { AWS: `arn:aws:iam::${aws.accountId}:root` },
      });
      for (const RoleName of Object.values(AWS_ROLES))
        await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      // A stranger reads secrets of its own, and none of ours.
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: AWS_ROLES.stranger,
          PolicyName: "reads-its-own",
          PolicyDocument: policy("secretsmanager:GetSecretValue", {
            Resource: `arn:aws:secretsmanager:${aws.region}:${aws.accountId}:secret:stranger/*`,
          }),
        }),
      );
      await iam.send(new CreateUserCommand({ UserName: DEPLOYER }));
      await iam.send(
        new PutUserPolicyCommand({
          UserName: DEPLOYER,
          PolicyName: "assume",
          PolicyDocument: policy("sts:AssumeRole", { Resource: "*" }),
        }),
      );
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: DEPLOYER }));
      if (!AccessKey?.AccessKeyId || !AccessKey.SecretAccessKey)
        throw new Error("AWS gave the deployer no key");
      const secretAccessKey = new SecretText(AccessKey.SecretAccessKey);
      return new AwsIdentities(aws, { accessKeyId: AccessKey.AccessKeyId, secretAccessKey });
    } finally {
      iam.destroy();
    }
  }

  /** A client that asks as that role. */
  as(role: string): Promise<SecretsManagerClient> {
    return this.kept(role, () => this.assume(role));
  }

  /** A client that signs nothing. */
  nobody(): Promise<SecretsManagerClient> {
    const signer = { sign: <T>(request: T) => Promise.resolve(request) };
    const { url: endpoint, region } = this.aws;
    // The client asks for credentials before it hands the request to the signer, which leaves them out.
    const credentials = { accessKeyId: "none", secretAccessKey: "none" };
    const unsigned = { endpoint, region, maxAttempts: ATTEMPTS, credentials, signer };
    return this.kept("", () => Promise.resolve(new SecretsManagerClient(unsigned)));
  }

  /** Ends kept connections. */
  async close(): Promise<void> {
    for (const client of this.clients.values()) (await client).destroy();
    this.clients.clear();
  }

  private kept(name: string, make: () => Promise<SecretsManagerClient>) {
    const found = this.clients.get(name) ?? make();
    this.clients.set(name, found);
    return found;
  }

  private async assume(role: string): Promise<SecretsManagerClient> {
    const sts = new STSClient(options(this.aws, this.deployer));
    try {
      const { Credentials: given } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${this.aws.accountId}:role/${role}`,
          RoleSessionName: "rehearsal",
        }),
      );
      if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
        throw new Error(`AWS gave no session as ${role}`);
      return new SecretsManagerClient(
        options(this.aws, {
          accessKeyId: given.AccessKeyId,
          secretAccessKey: new SecretText(given.SecretAccessKey),
          sessionToken: new SecretText(given.SessionToken),
        }),
      );
    } finally {
      sts.destroy();
    }
  }
}

function options(
  { url: endpoint, region }: Pick<Aws, "url" | "region">,
  { accessKeyId, secretAccessKey, sessionToken }: Key,
) {
  const credentials = {
    ...{ accessKeyId, secretAccessKey: secretAccessKey.reveal() },
    ...(sessionToken ? { sessionToken: sessionToken.reveal() } : {}),
  };
  return { endpoint, region, credentials, maxAttempts: ATTEMPTS };
}

function policy(Action: string, more: object): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, ...more }],
  });
}
