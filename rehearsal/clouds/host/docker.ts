/**
 * The fake docker: the few commands of `docker compose` that rekey and its runbooks use, on processes of this machine. Everything else is
 * refused, so that a script that needs more cannot seem to work.
 */
import { readComposeFile, type ComposeService } from "./compose-file";
import type { Answer } from "./one-off";
import type { Services } from "./services";

/** A command line, taken apart. */
interface Command {
  readonly verb: string;
  readonly envFile: string | undefined;
  readonly file: string;
  readonly flags: ReadonlySet<string>;
  readonly waitMs: number;
  readonly names: readonly string[];
}

const DEFAULT_WAIT_MS = 60_000;
/** The flags of each command; what recreates in the real one without `--force-recreate` does so here. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  up: ["-d", "--no-deps", "--wait", "--force-recreate"],
  restart: ["--no-deps"],
  stop: [],
  ps: ["--services"],
  run: ["--rm", "--no-deps", "-T"],
};

/** True for a command that leaves the services alone, so that nothing need wait for its end. */
export function isOneOff(args: readonly string[]): boolean {
  return args.includes("run");
}

/** Runs one command line. Never throws: what is wrong is in the answer, as on a terminal. */
export async function docker(
  services: Services,
  args: readonly string[],
  aborted: AbortSignal,
): Promise<Answer> {
  try {
    const command = parseCommand(args);
    const declared = await readComposeFile(command.file, command.envFile, command.names);
    if (command.verb === "run") return await runOnce(services, command, declared, aborted);
    return { code: 0, stdout: await perform(services, command, declared, aborted), stderr: "" };
  } catch (error) {
    return {
      code: 1,
      stdout: "",
      stderr: `${error instanceof Error ? error.message : "failed"}\n`,
    };
  }
}

async function perform(
  services: Services,
  { verb, flags, names, waitMs }: Command,
  declared: ReadonlyMap<string, ComposeService>,
  aborted: AbortSignal,
): Promise<string> {
  if (verb === "ps")
    return services
      .names()
      .map((name) => `${name}\n`)
      .join("");
  for (const name of names.length > 0 ? names : declared.keys()) {
    const service = declared.get(name);
    if (service === undefined) throw new Error(`no such service: ${name}`);
    const again = verb === "restart" || flags.has("--force-recreate");
    if (verb === "stop") await services.stop(name);
    else if (again || !services.isUp(service)) {
      // Compose says no more about it either: what the service itself wrote is in its own log.
      await services.recreate(service, waitMs, aborted).catch(() => {
        throw new Error(`container ${name} is unhealthy`);
      });
    }
  }
  return "";
}

function runOnce(
  services: Services,
  { names: [name = ""] }: Command,
  declared: ReadonlyMap<string, ComposeService>,
  aborted: AbortSignal,
): Promise<Answer> {
  const service = declared.get(name);
  if (service === undefined) throw new Error(`no such service: ${name}`);
  return services.runOnce(service, aborted);
}

function parseCommand(args: readonly string[]): Command {
  const [compose, ...rest] = args;
  if (compose !== "compose") throw new Error(`the fake docker knows \`compose\` only`);
  const global = new Map<string, string>();
  while (rest[0] !== undefined && ["--env-file", "-f"].includes(rest[0])) {
    const [flag, value = ""] = rest.splice(0, 2) as [string, string?];
    global.set(flag, value);
  }
  const verb = rest.shift() ?? "";
  const file = global.get("-f");
  const known = FLAGS[verb];
  if (known === undefined) throw new Error(`the fake docker has no \`compose ${verb}\``);
  if (file === undefined) throw new Error("no configuration file provided: give it with -f");
  const flags = new Set<string>();
  let waitMs = DEFAULT_WAIT_MS;
  while (rest[0]?.startsWith("-")) {
    const flag = rest.shift() as string;
    if (verb === "up" && flag === "--wait-timeout") waitMs = Number(rest.shift()) * 1000;
    else if (known.includes(flag)) flags.add(flag);
    else throw new Error(`unknown flag: ${flag} (the fake docker has ${known.join(" ")})`);
  }
  if (!(waitMs > 0)) throw new Error("--wait-timeout must be a number of seconds");
  if (verb === "up" && !flags.has("-d")) throw new Error("the fake docker needs `up -d`");
  // Without -T the real one wants a terminal, and without --rm it keeps each run's container with all its variables.
  if (verb === "run" && !(flags.has("--rm") && flags.has("-T") && rest.length === 1))
    throw new Error("the fake docker needs `run --rm -T <service>`, and no command after it");
  return { verb, envFile: global.get("--env-file"), file, flags, waitMs, names: rest };
}
