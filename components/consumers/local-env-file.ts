import * as pulumi from "@pulumi/pulumi";
import { Command, Logging } from "@pulumi/command/local";
import { SecretGeneration, activeOf } from "../generations";
import { refuseOutsideDev } from "./dev-only";

/** Arguments of {@link LocalEnvFile}. */
export interface LocalEnvFileArgs {
  /** The stack's environment: anything but `dev` is refused. */
  readonly environment: string;
  /** The env file, relative to the project's folder or absolute. Written atomically, mode 0600. */
  readonly file: string;
  /** The variable that holds the value, for example `POSTGRES_PASSWORD`. */
  readonly variable: string;
  readonly generations: readonly SecretGeneration[];
  /** The local database whose user gets the value as its password. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Runs from the project's folder; `REKEY_HOME` says where rekey is when that is somewhere else. */
const APPLY = 'node "${REKEY_HOME:-.}/bin/rekey.cjs" local-env apply';

/**
 * Gives a developer's own machine its database password: logs in with the password in the env file, sets the new one, proves it by
 * a log-in, and only then writes the file. A run that was killed in between is finished by the next one. The value travels on
 * standard input. Refused outside `dev`, where values come from a store.
 */
export class LocalEnvFile extends pulumi.ComponentResource {
  constructor(name: string, args: LocalEnvFileArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseOutsideDev(name, args.environment, "the system's `local` setting");
    super("rekey:index:LocalEnvFile", name, {}, opts);
    const { file, variable, host, port, database, user } = args;
    const active = activeOf(args.generations);
    const stdin = pulumi.secret(
      pulumi.jsonStringify({ file, variable, host, port, database, user, value: active.value }),
    );
    const environment = { REKEY_GENERATION: String(active.generation) };
    new Command(
      `${name}-apply`,
      { create: APPLY, update: APPLY, stdin, environment, logging: Logging.None },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
