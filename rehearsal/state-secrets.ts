import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { SecretText } from "../components/secret-text";
import type { Engine } from "../engine";
import { Project, STACK } from "./project";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * The generated values in the stack's state by the name of their resource, for a rehearsal that holds what nobody was given yet. They
 * are decrypted in memory and written nowhere.
 */
export async function generatedValues(
  project: Project,
  engine: Engine,
): Promise<ReadonlyMap<string, SecretText>> {
  return new Map(
    (await exported(project, engine))
      .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
      .map(({ urn, outputs }) => [nameOf(urn), new SecretText(plaintextOf(outputs?.["result"]))]),
  );
}

/**
 * The stack's resources, each with a digest of what was declared for it: its inputs, decrypted in memory, and its protection. The times of
 * moves are left out, since two ways to the same records take them at different times, and so is what only remembers retirements.
 */
export async function stateParts(project: Project, engine: Engine): Promise<[string, string][]> {
  return (await exported(project, engine))
    .filter(({ urn }) => !nameOf(urn).endsWith("-retired"))
    .map(({ urn, inputs = {}, protect = false }) => {
      const declared = JSON.stringify({ inputs, protect }).replaceAll(TIMES, "");
      return [`resource ${nameOf(urn)}`, createHash("sha256").update(declared).digest("hex")];
    });
}

/** A move's time, as a record has it and as it stands in the token of a job's run. */
const TIMES = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|(?<=\bg\d+)-\d{14}\b/g;

async function exported({ work, env }: Project, { path }: Engine): Promise<readonly Resource[]> {
  const args = ["stack", "export", "--show-secrets", "--stack", STACK, "--non-interactive"];
  const child = spawn(path, args, { cwd: work, env, stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code !== 0) throw new Error("the rehearsal's state cannot be read");
  const { deployment } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
    readonly deployment: { readonly resources?: readonly Resource[] };
  };
  return deployment.resources ?? [];
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** What the engine shows of a secret: an object with the JSON text of its value. */
function plaintextOf(shown: unknown): string {
  if (typeof shown === "string") return shown;
  const { plaintext } = (shown ?? {}) as { plaintext?: unknown };
  if (typeof plaintext !== "string") throw new Error("a generated value is not in the state");
  return JSON.parse(plaintext) as string;
}
