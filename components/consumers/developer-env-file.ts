import * as pulumi from "@pulumi/pulumi";
import { Command, Logging } from "@pulumi/command/local";
import { checkVariableNames } from "./compose-host-env";
import { refuseOutsideDev } from "./dev-only";
import { GENERATIONS, generationsLine } from "./generations-line";

/** Arguments of {@link DeveloperEnvFile}. */
export interface DeveloperEnvFileArgs {
  /** The stack's environment: anything but `dev` is refused. */
  readonly environment: string;
  /** The setting that asks for the file, for messages. */
  readonly setting: string;
  /** The env file, relative to the project's folder or absolute. Written atomically, mode 0600. */
  readonly file: string;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** The secrets, by variable. */
  readonly secretEnv: Readonly<Record<string, pulumi.Output<string>>>;
  /** The active generation of each secret: a change of one is what a preview shows. */
  readonly generations: Readonly<Record<string, number>>;
}

/** Runs from the project's folder; `REKEY_HOME` says where rekey is when that is somewhere else. */
const WRITE = 'node "${REKEY_HOME:-.}/bin/rekey.cjs" local-env write';

/**
 * Gives a developer's own machine the variables that the workloads have elsewhere, in an env file. They stand in a block of their own, written
 * whole by each update that changes one: what is retired goes from it, and every other line stays. The values travel on standard input. An update
 * that declares the file no more leaves it where it is. Refused outside `dev`, where values come from a store.
 */
export class DeveloperEnvFile extends pulumi.ComponentResource {
  constructor(name: string, args: DeveloperEnvFileArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, setting, file, env, secretEnv, generations } = args;
    refuseOutsideDev(name, environment, setting);
    checkVariableNames(setting, [...Object.keys(env), ...Object.keys(secretEnv)]);
    super("rekey:index:DeveloperEnvFile", name, {}, opts);
    const variables = pulumi.all(secretEnv).apply((values) => ({ ...env, ...values }));
    const stdin = pulumi.secret(pulumi.jsonStringify({ file, variables }));
    new Command(
      `${name}-write`,
      {
        ...{ create: WRITE, update: WRITE, stdin, logging: Logging.None },
        environment: { [GENERATIONS]: generationsLine(generations) },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
