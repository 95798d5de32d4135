import type * as pulumi from "@pulumi/pulumi";
import { Command, Logging } from "@pulumi/command/remote";
import { ConfigurationError } from "../errors";

/** How a self-hosted machine is reached. */
export interface SshConnection {
  readonly host: string;
  /** 22 unless set. */
  readonly port?: number;
  /** A user that may run docker and write the env file's folder. Its login shell is a POSIX one. */
  readonly user: string;
  /** The user's private key, in OpenSSH's format. */
  readonly privateKey: pulumi.Output<string>;
  /**
   * The host's public key as in its `/etc/ssh/ssh_host_ecdsa_key.pub`, one line. Of several keys Go's SSH client, and so the provider,
   * asks for ECDSA before RSA before Ed25519. Only `dev` may leave it out: without it, whoever answers gets every value.
   */
  readonly hostKey?: string;
}

/** Where on a self-hosted machine a compose file and its env file are. */
export interface ComposeRemote {
  /** The stack's environment. */
  readonly environment: string;
  readonly connection: SshConnection;
  /** The env file on the host, absolute. Its folder must exist. */
  readonly envFile: string;
  /** The compose file on the host, absolute. */
  readonly composeFile: string;
}

/** Says that the setting `path` is wrong; `fix` is the edit that mends it. */
export type Refuse = (path: string, problem: string, allowed: string, fix: string) => never;

const HOST_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,3}( \S.*)?$/;
const SERVICE = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/** Throws the errors of the component `name`. */
export function refusalsOf(name: string): Refuse {
  return (path, problem, allowed, fix) => {
    throw new ConfigurationError({ path: `${name}.${path}`, problem, allowed, fix });
  };
}

/** Throws for a connection without a pinned host key outside `dev` and for a path that is not absolute. */
export function checkRemote(remote: ComposeRemote, refuse: Refuse): void {
  const { hostKey } = remote.connection;
  if (hostKey === undefined ? remote.environment !== "dev" : !HOST_KEY.test(hostKey))
    refuse(
      "connection.hostKey",
      hostKey === undefined
        ? `none in the environment ${remote.environment}`
        : "no public host key",
      "the host's public key on one line, `ecdsa-sha2-nistp256 AAAA…`; none in `dev` only",
      "run `cat /etc/ssh/ssh_host_ecdsa_key.pub` on the host itself and set what it prints",
    );
  for (const path of ["envFile", "composeFile"] as const)
    if (!/^\/[^\0\n]*[^\0\n/]$/.test(remote[path]))
      refuse(path, "no absolute path of a file", "a path on the host such as `/srv/app/.env`", "write the whole path"); // prettier-ignore
}

/** True for what compose takes for the name of a service. */
export function isService(name: string): boolean {
  return SERVICE.test(name);
}

/** Throws unless `value` is a whole number of seconds from 1 to `most`. */
export function checkSeconds(path: string, value: number, most: number, refuse: Refuse): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    refuse(path, "out of bounds", `a whole number from 1 to ${most}`, "set it so");
}

/** A word of a POSIX shell that is this text and nothing else. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What runs on the host. */
export interface RemoteScript {
  /** The script, plain: a preview shows it, and a change of it runs it again in place. */
  readonly create: string;
  /** What it reads; where secrets go. */
  readonly stdin?: pulumi.Output<string>;
}

/**
 * Runs a script on the host at creation and whenever it or its input changes, in place. A failing script fails the update, and the next
 * one runs it again. Nothing that it writes is printed, unless it fails.
 */
export function runOnHost(
  name: string,
  { port = 22, ...connection }: SshConnection,
  script: RemoteScript,
  parent: pulumi.Resource,
  opts: Pick<pulumi.CustomResourceOptions, "hooks"> = {},
): Command {
  return new Command(
    name,
    {
      // Changed inputs run it again in place. A trigger would show as a replacement, and sshd refuses an environment.
      ...script,
      connection: { port, ...connection },
      addPreviousOutputInEnv: false,
      logging: Logging.None,
    },
    { parent, ...opts, additionalSecretOutputs: ["stdout", "stderr"] },
  );
}
