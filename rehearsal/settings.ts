import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { SecretText } from "../components/secret-text";
import type { Engine } from "../engine";
import { Project, STACK } from "./project";

/**
 * Makes the stack and writes its settings, once and before the first update. What is a {@link SecretText}, at any depth of a map, is
 * encrypted by the engine; its value goes in on standard input.
 */
export async function writeSettings(
  project: Project,
  engine: Engine,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const secrets: [path: string, value: SecretText][] = [];
  const plain = Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const rest = withoutSecrets(key, value, secrets);
      return rest === undefined ? [] : [[key, rest]];
    }),
  );
  await writeFile(join(project.work, `Pulumi.${STACK}.yaml`), stringify({ config: plain }), {
    mode: 0o600,
  });
  await pulumi(project, engine, ["stack", "init", STACK]);
  for (const [path, value] of secrets)
    await pulumi(
      project,
      engine,
      ["config", "set", "--secret", "--path", path, "-s", STACK],
      value,
    );
}

/** The value without its secrets, which are noted by their paths. */
function withoutSecrets(
  path: string,
  value: unknown,
  found: [path: string, value: SecretText][],
): unknown {
  if (value instanceof SecretText) {
    found.push([path, value]);
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).flatMap(([key, part]) => {
      const rest = withoutSecrets(`${path}.${key}`, part, found);
      return rest === undefined ? [] : [[key, rest]];
    }),
  );
}

async function pulumi(
  { work, env }: Project,
  { path }: Engine,
  args: readonly string[],
  input?: SecretText,
): Promise<void> {
  const child = spawn(path, [...args, "--non-interactive", "--color", "never"], {
    cwd: work,
    env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const complaint: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
  // A child that has ended already does not read its input; its exit code tells why.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") child.kill();
  });
  child.stdin.end(input?.reveal() ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code === 0) return;
  const said = Buffer.concat(complaint).toString("utf8").trim();
  const reason = input ? said.split(input.reveal()).join("[secret]") : said;
  throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed in the rehearsal: ${reason}`);
}
