import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  BatchGetSecretValueCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import { Key } from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import {
  AT_REST,
  AwsSecretReader,
  AwsSecretsManager,
  type AwsSecretsManagerArgs,
  Token,
} from "../../../../components";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const secretName = (short: string) => `project/prod/${short}`;

/** A secret's own policy: whatever a role is allowed elsewhere, the one that is too broad reads no value here. */
const notTheBroad = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
        Principal: { AWS: `arn:aws:iam::${account}:role/broad` },
      },
    ],
  });

/** JWT_SECRET and POSTGRES_PASSWORD are the API's, the first under a key of its own; DELEGATION_JWT_SECRET is the neighbour's. */
const program = (account: string, region: string) => () => {
  const trust = pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
      },
    ],
  });
  const key = new Key("key", { description: "example" });
  const keep = (short: string, more: Partial<AwsSecretsManagerArgs> = {}) => {
    const { generations } = new Token(short, { record: AT_REST });
    const args = { secretName: secretName(short), generations, ...more };
    return new AwsSecretsManager(`${short}-aws`, args).arn;
  };
  const jwt = keep("JWT_SECRET", { kmsKeyId: key.arn });
  const password = keep("POSTGRES_PASSWORD", { resourcePolicy: notTheBroad(account) });
  const delegation = keep("DELEGATION_JWT_SECRET", { kmsKeyId: key.arn });
  // By output, not by name: a policy waits until its role is there.
  const role = (name: string) => new Role(`${name}-role`, { name, assumeRolePolicy: trust }).name;
  role("stranger");
  // Somebody's far too broad policy of another time.
  const anything = { Effect: "Allow", Action: "secretsmanager:*", Resource: "*" };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [anything] });
  new RolePolicy("broad", { name: "anything", role: role("broad"), policy });
  new AwsSecretReader("api", {
    role: role("api"),
    policyName: "api-reads",
    secrets: { jwt, password },
    region,
    kmsKeyArn: key.arn,
  });
  // It may read its secret, and was never let use the key.
  new AwsSecretReader("neighbour", {
    role: role("neighbour"),
    policyName: "neighbour-reads",
    secrets: { delegation },
  });
  return Promise.resolve({ key: key.keyId });
};

describe("components/access/aws-secret-reader, by really assuming roles", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let admin: Identity;
  let user: Identity;

  before(async () => {
    stack = await AwsStack.start();
    const { aws, project } = stack;
    admin = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey.reveal() };
    await project.up(program(aws.accountId, aws.region));
    user = await deployer();
  });
  after(() => stack.stop());

  const options = (credentials: Identity) => ({
    endpoint: stack.aws.url,
    region: stack.aws.region,
    maxAttempts: 1,
    credentials,
  });
  const store = (identity: Identity) => new SecretsManagerClient(options(identity));
  const read = (identity: Identity, short: string) =>
    store(identity).send(new GetSecretValueCommand({ SecretId: secretName(short) }));

  /** A user, because the account's root may not assume roles. */
  async function deployer(): Promise<Identity> {
    const iam = new IAMClient(options(admin));
    await iam.send(new CreateUserCommand({ UserName: "deployer" }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }],
    });
    await iam.send(
      new PutUserPolicyCommand({ UserName: "deployer", PolicyName: "assume", PolicyDocument }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "deployer" }));
    return {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
  }

  async function assume(role: string): Promise<Identity> {
    const { Credentials } = await new STSClient(options(user)).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${stack.aws.accountId}:role/${role}`,
        RoleSessionName: "example",
      }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
  }

  const REFUSED = { name: "AccessDeniedException" };

  it("lets the service read its own secrets, the one under a key of its own too", async () => {
    const api = await assume("api");
    for (const short of ["JWT_SECRET", "POSTGRES_PASSWORD"]) {
      assert.match((await read(api, short)).SecretString ?? "", /^\w{43}$/);
      await store(api).send(new DescribeSecretCommand({ SecretId: secretName(short) }));
    }
  });

  it("refuses the service every other secret, and every other use of its own", async () => {
    const api = store(await assume("api"));
    const own = { SecretId: secretName("JWT_SECRET") };
    const other = { SecretId: secretName("DELEGATION_JWT_SECRET") };
    const tried = [
      new GetSecretValueCommand(other),
      new GetSecretValueCommand({ ...other, VersionStage: "rekey-g1" }),
      new DescribeSecretCommand(other),
      new GetResourcePolicyCommand(other),
      new BatchGetSecretValueCommand({ SecretIdList: [own.SecretId, other.SecretId] }),
      new GetResourcePolicyCommand(own),
      new PutSecretValueCommand({ ...own, SecretString: "replaced" }),
      new UpdateSecretCommand({ ...own, SecretString: "replaced" }),
      new DeleteSecretCommand({ ...own, ForceDeleteWithoutRecovery: true }),
    ];
    for (const command of tried) {
      const name = command.constructor.name;
      await assert.rejects(api.send(command as GetSecretValueCommand), REFUSED, name);
    }
  });

  it("lets the service use the key through Secrets Manager only", async () => {
    const { key } = await stack.project.outputs();
    const { CiphertextBlob } = await new KMSClient(options(admin)).send(
      new EncryptCommand({ KeyId: key?.value as string, Plaintext: Buffer.from("example") }),
    );
    const decrypt = (identity: Identity) =>
      new KMSClient(options(identity)).send(new DecryptCommand({ CiphertextBlob }));
    await decrypt(admin);
    await assert.rejects(decrypt(await assume("api")), REFUSED);
    // The neighbour may read its secret, but its value is under a key that it may not use.
    await assert.rejects(read(await assume("neighbour"), "DELEGATION_JWT_SECRET"), REFUSED);
  });

  it("refuses a stranger's role, a user, an altered session and whoever does not sign", async () => {
    const { accessKeyId, secretAccessKey } = await assume("api");
    const identities = {
      stranger: await assume("stranger"),
      neighbour: await assume("neighbour"),
      user,
      "a session without its token": { accessKeyId, secretAccessKey },
    };
    for (const [who, identity] of Object.entries(identities))
      for (const short of ["JWT_SECRET", "POSTGRES_PASSWORD"])
        await assert.rejects(read(identity, short), /Denied|Unrecognized|token/, who);
    const anonymous = await fetch(stack.aws.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
      },
      body: JSON.stringify({ SecretId: secretName("JWT_SECRET") }),
    });
    assert.ok(anonymous.status >= 400 && !(await anonymous.text()).includes("SecretString"));
  });

  it("lets a secret's own policy refuse whom a broad policy allows", async () => {
    const broad = await assume("broad");
    await store(broad).send(
      new DescribeSecretCommand({ SecretId: secretName("POSTGRES_PASSWORD") }),
    );
    await assert.rejects(read(broad, "POSTGRES_PASSWORD"), REFUSED);
  });

  it("does not let the secrets be deleted while they are in use", async () => {
    await assert.rejects(stack.project.destroy(), /protected/);
  });
});
