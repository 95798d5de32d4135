import type { SecretDeclaration, Tier } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "../operator/errors";
import { runRekey } from "./rekey";
import type { Session } from "./session";

/** Which secrets a move is made with: those of a tier, or those named. */
export type Among = Tier | readonly string[];

/** The moves of a rehearsal, each made by the command that an operator would type. */
export interface Moves {
  /** `rekey stage` for every secret, or those chosen; values of externally issued ones go in on standard input, some straight to a store. */
  stage(external: ReadonlyMap<string, SecretText>, among?: Among): Promise<void>;
  /** `rekey activate --all`, `--tier`, or by their names */
  activate(among?: Among): Promise<void>;
  /** `rekey retire --all`, or `--tier`, and by their names those that it leaves out */
  retire(tier?: Tier): Promise<void>;
  /** `rekey withdraw --all`, `--tier`, or by their names */
  withdraw(among?: Among): Promise<void>;
  /** `rekey rollback --all`, `--tier`, or by their names */
  rollback(among?: Among): Promise<void>;
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

/**
 * Moves in a rehearsal's own project; all that the commands print is added to what was said in the session.
 *
 * @param toStore externally issued secrets whose values are staged straight to a store.
 */
export function movesOf(
  session: Pick<Session, "project" | "engine" | "said">,
  secrets: readonly SecretDeclaration[],
  toStore: readonly string[] = [],
): Moves {
  const known = new Map<string, { from: number; to: number }>();
  const leaders = secrets.filter(({ movesWith }) => movesWith === undefined);
  const run = async (args: readonly string[], input?: SecretText) => {
    const document = await rekey(session, [...args, "--reason", "rehearsal"], input);
    for (const { secret, from, to } of document.moves) {
      const before = known.get(secret)?.from ?? from.slots[from.active] ?? 0;
      known.set(secret, { from: before, to: to.slots[to.active] ?? 0 });
    }
  };
  return {
    stage: async (external, among) => {
      const names = leaders.filter((secret) => isAmong(secret, among)).map(({ name }) => name);
      const generated = names.filter((name) => !external.has(name));
      if (generated.length > 0) await run(["stage", ...generated]);
      for (const [name, value] of external)
        if (names.includes(name)) {
          const options = ["--value-stdin", ...(toStore.includes(name) ? ["--to-store"] : [])];
          await run(["stage", name, ...options], value);
        }
    },
    activate: (among) => run(["activate", ...choice(among)]),
    retire: async (tier) => {
      await run(["retire", ...choice(tier)]);
      // A backup's key is retired by its name only.
      const byName = secrets.filter((one) => one.class === "backup-key" && isAmong(one, tier));
      if (byName.length > 0) await run(["retire", ...byName.map(({ name }) => name)]);
    },
    withdraw: (among) => run(["withdraw", ...choice(among)]),
    rollback: (among) => run(["rollback", ...choice(among)]),
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

function choice(among: Among | undefined): readonly string[] {
  if (among === undefined) return ["--all"];
  return typeof among === "string" ? ["--tier", among] : among;
}

function isAmong({ name, tier }: SecretDeclaration, among: Among | undefined): boolean {
  if (among === undefined) return true;
  return typeof among === "string" ? tier === among : among.includes(name);
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
