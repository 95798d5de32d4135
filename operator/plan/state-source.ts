import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { findEngine } from "../../engine";
import { RekeyError } from "../errors";
import type { Project } from "../project";
import { StateResource, readExport } from "./state-export";

/** Where the deployed state came from, or why there is none. */
export type StateSource =
  | {
      /** `rehearsed`: of the base's records, brought up in the rehearsal. */
      readonly kind: "given" | "engine" | "rehearsed";
      readonly resources: readonly StateResource[];
    }
  | { readonly kind: "none"; readonly why: string };

/** A state of a thousand secrets has some ten megabytes. */
const MOST_BYTES = 256 * 1024 * 1024;

/** No plan waits for a backend that does not answer. */
const MOST_MS = 60_000;

/**
 * Reads the state: from the file that was given, or by the engine where one is at hand (none is downloaded or built for a plan). The
 * export leaves secrets encrypted and needs neither passphrase nor key.
 *
 * @param choice a file, false for none, undefined for the engine.
 * @param env in place of the process's own environment.
 * @throws RekeyError (exit 2) if a file was given and is no state. Without one, a stack that cannot be read is no error: the plan says so.
 */
export async function readState(
  { cwd, stack }: Pick<Project, "cwd" | "stack">,
  choice: string | false | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StateSource> {
  if (choice === false) return { kind: "none", why: "--no-state was given" };
  if (choice !== undefined)
    return { kind: "given", resources: readExport(await read(choice), choice) };
  try {
    const { command } = await findEngine({ ways: ["path", "cache"], env });
    const { stdout } = await promisify(execFile)(
      command.command,
      ["stack", "export", "--stack", stack, "--non-interactive"],
      { cwd, maxBuffer: MOST_BYTES, timeout: MOST_MS, env: withoutSecrets(env) },
    );
    return { kind: "engine", resources: readExport(stdout, "pulumi stack export") };
  } catch (error) {
    return { kind: "none", why: whyNot(error) };
  }
}

/** What opens secrets is not handed on: nothing here decrypts, and so nothing can. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([key]) => !key.startsWith("PULUMI_CONFIG_PASSPHRASE"));
  return { ...Object.fromEntries(kept), PULUMI_SKIP_UPDATE_CHECK: "true" };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new RekeyError({
      code: "unreadable",
      exitCode: 2,
      message: `cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      path: `--state ${path}`,
      allowed: "a file that `pulumi stack export` wrote",
      fix: "pulumi stack export -s <stack> --file state.json",
    });
  }
}

/** The engine's own words may name a backend's address and so a credential: only its kind of failure is told. */
function whyNot(error: unknown): string {
  if (error instanceof RekeyError)
    return error.code === "engine-not-found" ? "no Pulumi CLI is at hand" : error.message;
  const { code, killed } = error as { code?: number | string; killed?: boolean };
  if (killed) return `the backend did not answer in ${MOST_MS / 1000} s`;
  if (typeof code === "number") return `\`pulumi stack export\` ended with exit code ${code}`;
  return `\`pulumi stack export\` could not be run (${code ?? "unknown reason"})`;
}
