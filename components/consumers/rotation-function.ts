import * as pulumi from "@pulumi/pulumi";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import { Function as LambdaFunction, Permission } from "@pulumi/aws/lambda";
import { SecretRotation } from "@pulumi/aws/secretsmanager";
import { ConfigurationError } from "../errors";
import { isLoopback } from "../loopback";
import { AcceptedAt, acceptedAtVariable, checkAcceptance } from "./rotation-acceptance";
import { RotationPolicyArgs, rotationPolicy, trustOfLambda } from "./rotation-function-policy";

/** The database whose users a rotation function rotates. Nothing here is secret. */
export interface RotatedDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The users' common name: they take turns as `<user>_a` and `<user>_b`. */
  readonly user: string;
  /** The role with the grants; every user is a member. It must exist. */
  readonly group: string;
  /** The ARN of the secret with the login that may alter users, as `{"username": …, "password": …}`. */
  readonly adminSecretArn: pulumi.Input<string>;
}

/** The network that a function runs in, for a database that is not reachable from elsewhere. */
export interface FunctionNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** Arguments of {@link RotationFunction}. */
export interface RotationFunctionArgs {
  /** The function's and its role's name in AWS. A setting of its own: never derived from the environment. */
  readonly functionName: string;
  readonly region: string;
  /** Twelve digits: only this account's Secrets Manager may call the function. */
  readonly accountId: string;
  /** The function's code: an archive with `index.js`, as `rotationCode()` of functions/rotation makes it. */
  readonly code: pulumi.asset.Archive;
  /** What it rotates: a token that only its readers know, or PostgreSQL users that take turns (then `database` is needed). */
  readonly kind: "token" | "postgres";
  /** The ARNs of the secrets that it rotates, by short name. Each is declared with `rotatedBy: "function"`. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  readonly database?: RotatedDatabase;
  /**
   * Who verifies a token, by its short name. Such a token becomes AWSCURRENT only after it was accepted there, so that whoever uses it by then
   * is not refused; while it is refused the rotation waits, and in the end fails and is repeated. Without it a token changes at once, and
   * is refused until its verifiers have read it.
   */
  readonly acceptedAt?: Readonly<Record<string, AcceptedAt>>;
  /** Days from one rotation to the next, 1 to 1,000; 90 unless set. */
  readonly everyDays?: number;
  /** True to rotate at deployment already; by default the first rotation comes with the schedule. */
  readonly rotateImmediately?: boolean;
  /** The customer-managed key of those secrets, by ARN. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly network?: FunctionNetwork;
}

const TIMEOUT_SECONDS = 60;
/** As long as Lambda lets a function run: a cluster takes its time to bring a token to its pods. */
const WAITING_SECONDS = 900;
const DAYS = { least: 1, most: 1000, usual: 90 } as const;

/**
 * Rotates secrets without a person, on a schedule of Secrets Manager: the function, a role that may do to exactly these secrets what
 * the four steps need, the permission for the service to call it, and the schedule. The record does not know these rotations.
 */
export class RotationFunction extends pulumi.ComponentResource {
  /** The function's ARN. */
  readonly functionArn: pulumi.Output<string>;

  constructor(name: string, args: RotationFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:RotationFunction", name, {}, opts);
    const days = check(args);
    const role = functionRole(name, args, this);
    const rotator = rotationLambda(name, args, role, this);
    for (const [short, secretId] of Object.entries(args.secrets)) {
      const permission = new Permission(
        `${name}-permission-${short}`,
        {
          statementId: `rekey-${short}`,
          action: "lambda:InvokeFunction",
          function: rotator.name,
          principal: "secretsmanager.amazonaws.com",
          sourceAccount: args.accountId,
          sourceArn: secretId,
        },
        { parent: this },
      );
      new SecretRotation(
        `${name}-rotation-${short}`,
        {
          secretId,
          rotationLambdaArn: rotator.arn,
          rotateImmediately: args.rotateImmediately ?? false,
          rotationRules: { automaticallyAfterDays: days },
        },
        { parent: this, dependsOn: [permission] },
      );
    }
    this.functionArn = rotator.arn;
    this.registerOutputs({ functionArn: this.functionArn });
  }
}

function functionRole(name: string, args: RotationFunctionArgs, parent: pulumi.Resource): Role {
  const role = new Role(
    `${name}-role`,
    { name: args.functionName, assumeRolePolicy: trustOfLambda() },
    { parent },
  );
  const rights: RotationPolicyArgs = {
    ...args,
    secrets: Object.values(args.secrets),
    adminSecretArn: args.database?.adminSecretArn,
    inNetwork: args.network !== undefined,
  };
  new RolePolicy(
    `${name}-policy`,
    { name: "rotate", role: role.name, policy: rotationPolicy(rights) },
    { parent },
  );
  return role;
}

function rotationLambda(
  name: string,
  args: RotationFunctionArgs,
  role: Role,
  parent: pulumi.Resource,
): LambdaFunction {
  const { functionName, code, network } = args;
  return new LambdaFunction(
    `${name}-function`,
    {
      name: functionName,
      description: "Rotates secrets in the four steps of AWS Secrets Manager",
      code,
      handler: "index.handler",
      runtime: "nodejs22.x",
      role: role.arn,
      memorySize: 256,
      timeout: args.acceptedAt === undefined ? TIMEOUT_SECONDS : WAITING_SECONDS,
      environment: { variables: environment(args) },
      ...(network === undefined
        ? {}
        : {
            vpcConfig: {
              subnetIds: [...network.subnetIds],
              securityGroupIds: [...network.securityGroupIds],
            },
          }),
    },
    { parent },
  );
}

function environment({
  kind,
  database,
  acceptedAt,
  secrets,
}: RotationFunctionArgs): Record<string, pulumi.Input<string>> {
  if (database === undefined)
    return {
      REKEY_ROTATION_KIND: kind,
      ...(acceptedAt === undefined
        ? {}
        : { REKEY_ACCEPTED_AT: acceptedAtVariable(acceptedAt, secrets) }),
    };
  const { adminSecretArn, ...target } = database;
  return {
    REKEY_ROTATION_KIND: kind,
    REKEY_ADMIN_SECRET: adminSecretArn,
    // Nobody listens in on a machine's own loopback, and a server there has no certificate that could be verified.
    REKEY_DATABASE: JSON.stringify({ ...target, tls: !isLoopback(target.host) }),
    // Amazon's own certificate authorities, in every Node runtime of Lambda: without them a database's certificate cannot be verified.
    NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
  };
}

function check(args: RotationFunctionArgs): number {
  const { functionName, kind, database, secrets, everyDays: days = DAYS.usual } = args;
  const refused = (problem: string, allowed: string, fix: string) =>
    new ConfigurationError({ path: `rotation function ${functionName}`, problem, allowed, fix });
  if (!Number.isInteger(days) || days < DAYS.least || days > DAYS.most)
    throw refused(
      `${days} days is no schedule`,
      `${DAYS.least} to ${DAYS.most} days`,
      `leave everyDays out for ${DAYS.usual}`,
    );
  if ((kind === "postgres") !== (database !== undefined))
    throw refused(
      kind === "postgres" ? "has no database" : "has a database and rotates tokens",
      "a database with kind postgres, and none with kind token",
      kind === "postgres" ? "set database" : "remove database, or set kind to postgres",
    );
  checkAcceptance(args);
  const count = Object.keys(secrets).length;
  if (count === 0 || (kind === "postgres" && count > 1))
    throw refused(
      `rotates ${count} secrets`,
      kind === "postgres" ? "one: a pair of users has one secret" : "at least one",
      kind === "postgres" ? "declare a function for each pair of users" : "name its secrets",
    );
  return days;
}
