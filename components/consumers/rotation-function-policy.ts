import * as pulumi from "@pulumi/pulumi";

/** What a rotation function's rights depend on. */
export interface RotationPolicyArgs {
  readonly functionName: string;
  readonly region: string;
  readonly accountId: string;
  readonly secrets: readonly pulumi.Input<string>[];
  readonly adminSecretArn?: pulumi.Input<string> | undefined;
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly inNetwork: boolean;
}

const VERSION = "2012-10-17";

/** Lets Lambda, and nobody else, run as the role. */
export function trustOfLambda(): string {
  const Principal = { Service: "lambda.amazonaws.com" };
  return JSON.stringify({
    Version: VERSION,
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal }],
  });
}

/** What the four steps need on exactly these secrets, their key through Secrets Manager only, and the function's own log. */
export function rotationPolicy(args: RotationPolicyArgs): pulumi.Output<string> {
  const { functionName, region, accountId, secrets, adminSecretArn, kmsKeyArn, inNetwork } = args;
  const logs = `arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/${functionName}`;
  const via = { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } };
  const statements = [
    {
      Sid: "RotateTheseSecrets",
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:TagResource",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: secrets,
    },
    adminSecretArn !== undefined && {
      Sid: "ReadTheAdministratorsLogin",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: adminSecretArn,
    },
    kmsKeyArn !== undefined && {
      Sid: "UseTheirKeyThroughSecretsManager",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: kmsKeyArn,
      Condition: via,
    },
    {
      Sid: "WriteItsLog",
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [logs, `${logs}:*`],
    },
    // Lambda's network interfaces have no ARN before they exist; AWS documents no narrower form.
    inNetwork && {
      Sid: "JoinItsNetwork",
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
      ],
      Resource: "*",
    },
  ];
  return pulumi.jsonStringify({ Version: VERSION, Statement: statements.filter(Boolean) });
}
