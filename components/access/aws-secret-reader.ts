import * as pulumi from "@pulumi/pulumi";
import { Policy, RolePolicyAttachment } from "@pulumi/aws/iam";
import { ConfigurationError } from "../errors";

/** Arguments of {@link AwsSecretReader}. */
export interface AwsSecretReaderArgs {
  /** The name of the role that the service runs as. */
  readonly role: pulumi.Input<string>;
  /** The policy's name in IAM. A setting of its own: never derived from the environment. */
  readonly policyName: string;
  /** The ARNs of exactly the secrets that it reads, by short name. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** The region of the secrets, for the condition on the key. Needed with `kmsKeyArn`. */
  readonly region?: string;
  /** The ARN of the customer-managed key of those secrets. Without it they must be under the account's `aws/secretsmanager`. */
  readonly kmsKeyArn?: pulumi.Input<string>;
}

/**
 * Lets one role read exactly the secrets that it uses: GetSecretValue and DescribeSecret on their ARNs, no wildcard, and the use of their
 * key through Secrets Manager only, so that the role cannot decrypt anything with the key by itself.
 */
export class AwsSecretReader extends pulumi.ComponentResource {
  /** The policy's ARN. */
  readonly policyArn: pulumi.Output<string>;

  constructor(name: string, args: AwsSecretReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:AwsSecretReader", name, {}, opts);
    check(args);
    const policy = new Policy(
      `${name}-policy`,
      { name: args.policyName, policy: readOnlyPolicy(args) },
      { parent: this },
    );
    new RolePolicyAttachment(
      `${name}-attachment`,
      { role: args.role, policyArn: policy.arn },
      { parent: this },
    );
    this.policyArn = policy.arn;
    this.registerOutputs({ policyArn: this.policyArn });
  }
}

function readOnlyPolicy({
  secrets,
  region,
  kmsKeyArn,
}: AwsSecretReaderArgs): pulumi.Output<string> {
  const read = {
    Sid: "ReadItsSecrets",
    Effect: "Allow",
    Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
    // Sorted by name, so that the order in which a program lists them is no change.
    Resource: Object.keys(secrets)
      .sort()
      .map((short) => secrets[short] as pulumi.Input<string>),
  };
  const decrypt = {
    Sid: "DecryptThroughSecretsManager",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: kmsKeyArn,
    Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
  };
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: kmsKeyArn === undefined ? [read] : [read, decrypt],
  });
}

function check({ policyName, secrets, kmsKeyArn, region }: AwsSecretReaderArgs): void {
  const problem = (what: string, allowed: string, fix: string) =>
    new ConfigurationError({ path: `the reader ${policyName}`, problem: what, allowed, fix });
  if (Object.keys(secrets).length === 0)
    throw problem("reads no secret", "at least one ARN", "name its secrets, or remove the reader");
  if (Object.values(secrets).some((arn) => typeof arn === "string" && arn.includes("*")))
    throw problem(
      "names secrets by a wildcard",
      "whole ARNs, one for each secret",
      "list the ARN of every secret that the role reads",
    );
  if (kmsKeyArn !== undefined && region === undefined)
    throw problem(
      "has a key and no region",
      "the region of the secrets, such as us-east-1",
      "set its region",
    );
}
