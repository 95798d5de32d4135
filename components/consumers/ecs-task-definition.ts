import * as pulumi from "@pulumi/pulumi";
import { TaskDefinition } from "@pulumi/aws/ecs";
import { AwsSecretEnv, valueFrom } from "./aws-pinned";
import { generationsLine } from "./generations-line";

/** Arguments of {@link EcsTaskDefinition}. */
export interface EcsTaskDefinitionArgs {
  /** The family's name in ECS. A setting of its own: never derived from the environment. */
  readonly family: string;
  readonly image: string;
  /** The ARN of the role with which ECS reads the secrets when it starts a task; an `AwsSecretReader` lets it. */
  readonly executionRoleArn: pulumi.Input<string>;
  /** The ARN of the role that the containers themselves have; none unless set. */
  readonly taskRoleArn?: pulumi.Input<string>;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secretEnv: readonly AwsSecretEnv[];
  /** The active generation of each secret it uses: shown in previews, where version ids are still unknown. */
  readonly generations: Readonly<Record<string, number>>;
  /** CPU units, 1,024 a processor; 256 unless set. */
  readonly cpu?: number;
  /** Memory in MiB; 512 unless set. */
  readonly memoryMiB?: number;
  /** The port that the container listens on. */
  readonly port: number;
  /** The command that ends with 0 while the container works with its secrets. */
  readonly healthCommand: readonly string[];
}

/**
 * A Fargate task whose secrets are pinned to versions. ECS keeps every revision of a family: an activation makes a new one, to which the
 * service moves task by task once the health command of the new one passes, and the old one stays for a roll back.
 */
export class EcsTaskDefinition extends pulumi.ComponentResource {
  /** The ARN of this revision, for the service. */
  readonly taskDefinitionArn: pulumi.Output<string>;

  constructor(name: string, args: EcsTaskDefinitionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:EcsTaskDefinition", name, {}, opts);
    const definition = new TaskDefinition(
      `${name}-task`,
      {
        family: args.family,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: String(args.cpu ?? 256),
        memory: String(args.memoryMiB ?? 512),
        executionRoleArn: args.executionRoleArn,
        ...(args.taskRoleArn === undefined ? {} : { taskRoleArn: args.taskRoleArn }),
        // Tasks of the old revision may still start while the service moves.
        skipDestroy: true,
        containerDefinitions: pulumi.jsonStringify([container(args)]),
      },
      { parent: this },
    );
    this.taskDefinitionArn = definition.arn;
    this.registerOutputs({ taskDefinitionArn: this.taskDefinitionArn });
  }
}

function container(args: EcsTaskDefinitionArgs) {
  const { family, image, port, healthCommand, env, secretEnv, generations } = args;
  return {
    name: family,
    image,
    essential: true,
    portMappings: [{ containerPort: port }],
    environment: Object.entries(env).map(([name, value]) => ({ name, value })),
    secrets: secretEnv.map((secret) => ({ name: secret.name, valueFrom: valueFrom(secret) })),
    dockerLabels: { "rekey.generations": generationsLine(generations) },
    healthCheck: { command: ["CMD", ...healthCommand], interval: 5, retries: 3, timeout: 3 },
  };
}
