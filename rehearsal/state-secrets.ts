import { spawn } from "node:child_process";
import { SecretText } from "../components/secret-text";
import type { Engine } from "../engine";
import { Project, STACK } from "./project";

interface Exported {
  readonly deployment: {
    readonly resources?: readonly {
      readonly urn: string;
      readonly type: string;
      readonly outputs?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/**
 * The generated values in the stack's state by the name of their resource, for a rehearsal that holds what nobody was given yet. They
 * are decrypted in memory and written nowhere.
 */
export async function generatedValues(
  { work, env }: Project,
  { path }: Engine,
): Promise<ReadonlyMap<string, SecretText>> {
  const args = ["stack", "export", "--show-secrets", "--stack", STACK, "--non-interactive"];
  const child = spawn(path, args, { cwd: work, env, stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code !== 0) throw new Error("the rehearsal's state cannot be read");
  const { deployment } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Exported;
  return new Map(
    (deployment.resources ?? [])
      .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
      .map(({ urn, outputs }) => [
        urn.split("::").at(-1) ?? urn,
        new SecretText(plaintextOf(outputs?.["result"])),
      ]),
  );
}

/** What the engine shows of a secret: an object with the JSON text of its value. */
function plaintextOf(shown: unknown): string {
  if (typeof shown === "string") return shown;
  const { plaintext } = (shown ?? {}) as { plaintext?: unknown };
  if (typeof plaintext !== "string") throw new Error("a generated value is not in the state");
  return JSON.parse(plaintext) as string;
}
