import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import type { SecretDeclaration, Tier } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { Engine } from "../engine";
import { RekeyError } from "../operator/errors";
import { HOME } from "../operator/workspace";
import { Project, STACK } from "./project";

/** The moves of a rehearsal, each made by the command that an operator would type. */
export interface Moves {
  /** `rekey stage` for every secret, or those of a tier; values of externally issued ones go in on standard input. */
  stage(external: ReadonlyMap<string, SecretText>, tier?: Tier): Promise<void>;
  /** `rekey activate --all`, or `--tier` */
  activate(tier?: Tier): Promise<void>;
  /** `rekey retire --all`, or `--tier`, and by their names those that it leaves out */
  retire(tier?: Tier): Promise<void>;
  /** `rekey withdraw --all` */
  withdraw(): Promise<void>;
  /** `rekey rollback --all` */
  rollback(): Promise<void>;
  /** `rekey emergency` for those named, which makes its own updates. */
  emergency(names: readonly string[]): Promise<void>;
  /** The generation that was active before the first move, and the one that is now. */
  generations(secret: string): { readonly from: number; readonly to: number };
}

interface MoveDocument {
  readonly moves: readonly {
    readonly secret: string;
    readonly from: { readonly active: string; readonly slots: Readonly<Record<string, number>> };
    readonly to: { readonly active: string; readonly slots: Readonly<Record<string, number>> };
  }[];
}

/** Moves in a rehearsal's own project. */
export function movesOf(
  project: Project,
  engine: Engine,
  secrets: readonly SecretDeclaration[],
): Moves {
  const known = new Map<string, { from: number; to: number }>();
  const run = async (args: readonly string[], input?: SecretText) => {
    const document = await rekey(project, engine, [...args, "--reason", "rehearsal"], input);
    for (const { secret, from, to } of document.moves) {
      const before = known.get(secret)?.from ?? from.slots[from.active] ?? 0;
      known.set(secret, { from: before, to: to.slots[to.active] ?? 0 });
    }
  };
  return {
    stage: async (external, tier) => {
      const chosen = secrets.filter(
        (secret) => secret.movesWith === undefined && (tier === undefined || secret.tier === tier),
      );
      const names = chosen.map(({ name }) => name);
      await run(["stage", ...names.filter((name) => !external.has(name))]);
      for (const [name, value] of external)
        if (names.includes(name)) await run(["stage", name, "--value-stdin"], value);
    },
    activate: (tier) => run(["activate", ...choice(tier)]),
    retire: async (tier) => {
      await run(["retire", ...choice(tier)]);
      // A backup's key is retired by its name only.
      const byName = secrets.filter((secret) => secret.class === "backup-key" && (tier === undefined || secret.tier === tier)); // prettier-ignore
      if (byName.length > 0) await run(["retire", ...byName.map(({ name }) => name)]);
    },
    withdraw: () => run(["withdraw", "--all"]),
    rollback: () => run(["rollback", "--all"]),
    emergency: (names) => run(["emergency", ...names, "--yes"]),
    generations: (secret) => {
      const { movesWith = secret } = secrets.find(({ name }) => name === secret) ?? {};
      return known.get(movesWith) ?? { from: 0, to: 0 };
    },
  };
}

function choice(tier: Tier | undefined): string[] {
  return tier === undefined ? ["--all"] : ["--tier", tier];
}

async function rekey(
  { work, env }: Project,
  engine: Engine,
  args: readonly string[],
  input?: SecretText,
): Promise<MoveDocument> {
  const path = [dirname(engine.path), env["PATH"] ?? ""].join(delimiter);
  const child = spawn(
    process.execPath,
    [join(HOME, "bin/rekey.cjs"), ...args, "--cwd", work, "--stack", STACK, "--json"],
    { env: { ...env, PATH: path }, stdio: ["pipe", "pipe", "pipe"] },
  );
  const [out, said] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.end(input?.reveal() ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return JSON.parse(await out) as MoveDocument;
  throw new RekeyError({
    code: "move-failed",
    message: `rekey ${args[0]} failed in the rehearsal: ${(await said).trim() || (await out).trim()}`,
  });
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
