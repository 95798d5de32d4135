/** What the specs on the AWS emulator share: the emulator behind the counting proxy, and a project whose provider speaks through it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type Aws, startAws } from "../../../../rehearsal/clouds/aws";
import { AWS_FAULTS, awsCall, SECRET_CHANGES } from "../../../../rehearsal/clouds/aws/calls";
import { type FaultProxy, startFaultProxy } from "../../../../rehearsal/clouds/fault-proxy";
import { awsClient } from "../../../support/aws";
import type { Faults } from "../../../support/faults";
import { isUpstream } from "../../../support/upstream";
import { TestProject } from "../project";

/** What AWS answers when something is wrong with it. Terraform's provider waits for an answer without end, so with it none is withheld. */
export function awsFaults(): Faults {
  const { timeout, ...rest } = AWS_FAULTS;
  return isUpstream("aws") ? rest : { ...rest, timeout };
}

/** What an update must say where a call fails: a service and what the call was about, each provider in its own words. */
export function toldOf(service: string, target: string): RegExp {
  const said = isUpstream("aws")
    ? `${service} [^\\n]*${target}`
    : `${service} \\w+ on [^\\n]*${target}`;
  return new RegExp(said);
}

/** The emulator, the proxy before it, and a project. */
export class AwsStack {
  private constructor(
    readonly aws: Aws,
    readonly proxy: FaultProxy,
    readonly project: TestProject,
    private readonly dir: string,
  ) {}

  /** `emulator`: the one to start; the rehearsal's own unless given. */
  static async start(emulator = startAws): Promise<AwsStack> {
    const dir = await mkdtemp(join(tmpdir(), "rekey-aws-"));
    const aws = await emulator({ dir });
    const proxy = await startFaultProxy({ target: aws.url, describe: awsCall });
    return new AwsStack(aws, proxy, await projectOn(aws, proxy), dir);
  }

  /** One more project on the same emulator. Remove it in the end. */
  another(): Promise<TestProject> {
    return projectOn(this.aws, this.proxy);
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.aws.stop();
    await this.project.remove();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** A client of the administrator that does not pass the proxy. */
  client(): SecretsManagerClient {
    return awsClient(this.aws);
  }

  /** The changing calls to Secrets Manager since they were last asked for, by name, oldest first. */
  changes(): string[] {
    const names = this.proxy.calls
      .map(({ name }) => name)
      .filter((name) => SECRET_CHANGES.test(name))
      .map((name) => name.slice(name.indexOf(".") + 1));
    this.proxy.forget();
    return names;
  }

  /** The labels of each version, sorted; versions without labels are left out. */
  async labels(name: string): Promise<string[][]> {
    const { VersionIdsToStages = {} } = await this.client().send(
      new DescribeSecretCommand({ SecretId: name }),
    );
    return Object.values(VersionIdsToStages)
      .filter((labels) => labels.length > 0)
      .map((labels) => [...labels].sort())
      .sort();
  }

  /** The value under a label. */
  async value(name: string, label = "AWSCURRENT"): Promise<string | undefined> {
    const command = new GetSecretValueCommand({ SecretId: name, VersionStage: label });
    return (await this.client().send(command)).SecretString;
  }

  /** The same; undefined where no version has that label, or there is no entry. */
  async valueIfAny(name: string, label: string): Promise<string | undefined> {
    try {
      return await this.value(name, label);
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }
}

async function projectOn(aws: Aws, { url: address }: FaultProxy): Promise<TestProject> {
  const project = await TestProject.create();
  const services = ["secretsmanager", "iam", "kms", "lambda", "ecs"];
  const endpoints = Object.fromEntries(services.map((name) => [name, address]));
  await project.configure(
    {
      "aws:region": aws.region,
      "aws:accessKey": aws.accessKeyId,
      "aws:endpoints": JSON.stringify([endpoints]),
      "aws:skipCredentialsValidation": "true",
      "aws:skipRequestingAccountId": "true",
      // One attempt: retries would hide what a single failing call does.
      "aws:maxRetries": "1",
    },
    { "aws:secretKey": aws.secretAccessKey.reveal() },
  );
  return project;
}
