import type { SecretDeclaration, Tier } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "../operator/errors";
import { runRekey } from "./rekey";
import type { Session } from "./session";

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
  /** `rekey emergency` for those named, which makes its own updates; new values of externally issued ones go in as a map on standard input. */
  emergency(names: readonly string[], external: ReadonlyMap<string, SecretText>): Promise<void>;
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

/** Moves in a rehearsal's own project; all that the commands print is added to what was said in the session. */
export function movesOf(
  session: Pick<Session, "project" | "engine" | "said">,
  secrets: readonly SecretDeclaration[],
): Moves {
  const known = new Map<string, { from: number; to: number }>();
  const run = async (args: readonly string[], input?: SecretText) => {
    const document = await rekey(session, [...args, "--reason", "rehearsal"], input);
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
    emergency: (names, external) => {
      const args = ["emergency", ...names, "--yes"];
      return external.size === 0 ? run(args) : run([...args, "--value-stdin"], mapOf(external));
    },
    generations: (secret) => {
      const { movesWith = secret } = secrets.find(({ name }) => name === secret) ?? {};
      return known.get(movesWith) ?? { from: 0, to: 0 };
    },
  };
}

function mapOf(values: ReadonlyMap<string, SecretText>): SecretText {
  const clear = [...values].map(([name, value]) => [name, value.reveal()] as const);
  return new SecretText(JSON.stringify(Object.fromEntries(clear)));
}

function choice(tier: Tier | undefined): string[] {
  return tier === undefined ? ["--all"] : ["--tier", tier];
}

async function rekey(
  { project, engine, said: heard }: Pick<Session, "project" | "engine" | "said">,
  args: readonly string[],
  input?: SecretText,
): Promise<MoveDocument> {
  const { code, out, said } = await runRekey(project, engine, args, input);
  heard.push(out, said);
  if (code === 0) return JSON.parse(out) as MoveDocument;
  throw new RekeyError({
    code: "move-failed",
    message: `rekey ${args[0]} failed in the rehearsal: ${said || out}`,
  });
}
