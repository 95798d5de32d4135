import * as pulumi from "@pulumi/pulumi";
import { generationAnnotations } from "./cloud-run";
import { checkVariableNames, composeEnvFile } from "./compose-host-env";
import { composeHostScript } from "./compose-host-script";
import {
  checkRemote,
  checkSeconds,
  type ComposeRemote,
  isService,
  refusalsOf,
  runOnHost,
} from "./compose-remote";

export type { ComposeRemote, SshConnection } from "./compose-remote";

/** A variable of the env file that holds a secret. */
export interface SecretVariable {
  readonly name: string;
  readonly value: pulumi.Output<string>;
}

/** Arguments of {@link ComposeHost}. */
export interface ComposeHostArgs extends ComposeRemote {
  /**
   * The services that read the env file, in the order of their restarts: each is healthy before the next one stops. Two instances of one
   * application behind a proxy are two services here. Each needs a health check, or "started" counts as healthy.
   */
  readonly services: readonly string[];
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secretEnv: readonly SecretVariable[];
  /** The active generation of each secret in the file: what a preview shows of a change. */
  readonly generations: Readonly<Record<string, number>>;
  /**
   * When each secret's active generation became active, by its record: a roll back writes the file anew, also where an update that nobody
   * saw end had written another one since.
   */
  readonly activatedAt?: Readonly<Record<string, string | undefined>>;
  /**
   * True to replace an env file that rekey did not write; it is kept as `<envFile>.before-rekey`. Unless set, such a file is refused: values
   * that nobody else knows may be in it, such as the key of what is encrypted.
   */
  readonly takeOverEnvFile?: boolean;
  /** Seconds that each service has to become healthy, 1 to 3,600; 60 unless set. */
  readonly waitSeconds?: number;
}

/**
 * Gives a self-hosted machine its secrets: writes the env file over SSH (mode 0600, replaced in one step) and restarts the services of a
 * compose file one after another. A service that does not become healthy brings the previous file and its services back, and fails the
 * update; so does nothing that consumers accept later. A killed run is finished by the next one. The values travel on standard input.
 */
export class ComposeHost extends pulumi.ComponentResource {
  constructor(name: string, args: ComposeHostArgs, opts?: pulumi.ComponentResourceOptions) {
    check(name, args);
    super("rekey:index:ComposeHost", name, {}, opts);
    const script = { create: scriptOf(args), stdin: envFileOf(args) };
    runOnHost(`${name}-apply`, args.connection, script, this);
    this.registerOutputs({ envFile: args.envFile, services: args.services });
  }
}

function scriptOf({ generations, activatedAt = {}, ...args }: ComposeHostArgs): string {
  const annotations = Object.entries(generationAnnotations(generations));
  const since = Object.entries(activatedAt).filter(([, at]) => at !== undefined);
  return composeHostScript({
    ...args,
    notes: [
      ...annotations.map(([annotation, generation]) => `${annotation}: ${generation}`),
      ...since.map(([secret, at]) => `rekey.activated-at/${secret}: ${at}`),
      `variables: ${variableNames(args).join(" ")}`,
    ],
    waitSeconds: args.waitSeconds ?? 60,
  });
}

function envFileOf({ env, secretEnv }: ComposeHostArgs): pulumi.Output<string> {
  const secrets = secretEnv.map(({ name, value }): [string, pulumi.Input<string>] => [name, value]);
  const variables = pulumi.output([...Object.entries(env), ...secrets]);
  return pulumi.secret(variables.apply((all) => composeEnvFile(all as [string, string][])));
}

function variableNames({ env, secretEnv }: Pick<ComposeHostArgs, "env" | "secretEnv">): string[] {
  return [...Object.keys(env), ...secretEnv.map(({ name }) => name)];
}

function check(name: string, args: ComposeHostArgs): void {
  const { services, waitSeconds = 60 } = args;
  const refuse = refusalsOf(name);
  checkVariableNames(`${name}.env`, variableNames(args));
  checkRemote(args, refuse);
  if (services.length === 0 || !services.every(isService))
    refuse(
      "services",
      services.length === 0 ? "none" : "not the name of a compose service",
      "at least one service of the compose file, by its name",
      "list the services that read the env file",
    );
  checkSeconds("waitSeconds", waitSeconds, 3600, refuse);
}
