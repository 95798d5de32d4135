import * as pulumi from "@pulumi/pulumi";
import { Function as LambdaFunction } from "@pulumi/aws/lambda";
import { ConfigurationError } from "../errors";
import { AwsSecretEnv } from "./aws-pinned";
import { GENERATIONS, generationsLine } from "./generations-line";

/** Arguments of {@link LambdaService}. */
export interface LambdaServiceArgs {
  /** The function's name in AWS. A setting of its own: never derived from the environment. */
  readonly functionName: string;
  readonly code: pulumi.asset.Archive;
  /** File and export, for example `index.handler`. */
  readonly handler: string;
  /** For example `nodejs22.x`. */
  readonly runtime: string;
  /** The ARN of the role that it runs as; an `AwsSecretReader` lets that role read the secrets. */
  readonly roleArn: pulumi.Input<string>;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** The secrets, by reference: the function gets `<NAME>_ARN` and, where it is pinned, `<NAME>_VERSION`, `<NAME>_KEY` for half of a credential, never a value. */
  readonly secretEnv: readonly AwsSecretEnv[];
  /** The active generation of each secret it uses: shown in previews, where version ids are still unknown. */
  readonly generations: Readonly<Record<string, number>>;
  /** Seconds until a call is cut off, 1 to 900; 30 unless set. */
  readonly timeoutSeconds?: number;
  /** Memory in MiB; 256 unless set. */
  readonly memoryMiB?: number;
}

/**
 * A Lambda function whose environment names its secrets and their versions. Whoever may read a function's settings sees no value; the
 * function reads them with its own role when an instance starts. An activation changes the version, and Lambda starts new instances.
 */
export class LambdaService extends pulumi.ComponentResource {
  /** The function's ARN. */
  readonly functionArn: pulumi.Output<string>;

  constructor(name: string, args: LambdaServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:LambdaService", name, {}, opts);
    const { functionName, code, handler, runtime, roleArn } = args;
    const service = new LambdaFunction(
      `${name}-function`,
      {
        name: functionName,
        code,
        handler,
        runtime,
        role: roleArn,
        timeout: args.timeoutSeconds ?? 30,
        memorySize: args.memoryMiB ?? 256,
        environment: { variables: variables(args) },
      },
      { parent: this },
    );
    this.functionArn = service.arn;
    this.registerOutputs({ functionArn: this.functionArn });
  }
}

function variables(args: LambdaServiceArgs): Record<string, pulumi.Input<string>> {
  const references = args.secretEnv.flatMap(({ name, secretArn, versionId, jsonKey }) => [
    [`${name}_ARN`, secretArn] as const,
    ...(versionId === undefined ? [] : [[`${name}_VERSION`, versionId] as const]),
    ...(jsonKey === undefined ? [] : [[`${name}_KEY`, jsonKey] as const]),
  ]);
  const taken = [...references.map(([name]) => name), GENERATIONS].find((name) => name in args.env);
  if (taken !== undefined)
    throw new ConfigurationError({
      path: `env of ${args.functionName}`,
      problem: `${taken} is set by hand, and a secret's reference has that name`,
      allowed: "names that no secret's reference takes",
      fix: `rename the variable ${taken}`,
    });
  return {
    ...args.env,
    ...Object.fromEntries(references),
    [GENERATIONS]: generationsLine(args.generations),
  };
}
