import type { SecretDeclaration } from "../../components/inventory";
import { activeGeneration } from "../../components/rotation";
import type { Numbers } from "./transitions";

/** What an update does to a secret's generations, compared with what is there before it. */
export interface Effects {
  /** True for a secret of which nothing was there. */
  readonly isNew: boolean;
  /** Generations that it makes. */
  readonly issued: readonly number[];
  /** True if the consumers move to another generation. */
  readonly moves: boolean;
  /** True if they move to one that no verifier knew before the update. */
  readonly atOnce: boolean;
  /** Generations that end. */
  readonly ended: readonly number[];
}

/** Compares what is there with a record; `from` is undefined for a secret that is new. */
export function effectsOf(from: Numbers | undefined, to: Numbers): Effects {
  const before = Object.values(from?.slots ?? {});
  const after = Object.values(to.slots);
  const active = activeGeneration(to);
  return {
    isNew: from === undefined,
    issued: after.filter((generation) => !before.includes(generation)).sort((a, b) => a - b),
    moves: from !== undefined && activeGeneration(from) !== active,
    atOnce: from !== undefined && !before.includes(active),
    ended: before.filter((generation) => !after.includes(generation)).sort((a, b) => a - b),
  };
}

/**
 * True if the update gives its consumers something else than before. A database credential is accepted by the database in each of its
 * generations; whoever logs in has the active one alone.
 */
export function reachesConsumers(
  { accepts, class: kind }: Pick<SecretDeclaration, "accepts" | "class">,
  { isNew, moves, issued, ended }: Effects,
): boolean {
  if (isNew || moves) return true;
  return accepts === "many" && kind !== "database-credential" && issued.length + ended.length > 0;
}

/** What the update interrupts, in words; `none` where it interrupts nothing. */
export function interruptionOf(secret: SecretDeclaration, effects: Effects): string {
  const { moves, atOnce, ended } = effects;
  const moved = atOnce ? secret.interruptionInOneUpdate : moves ? secret.interruption : "none";
  const told = [
    ...(moved === "none" ? [] : [moved]),
    ...(ended.length === 0 ? [] : [`whoever still uses generation ${ended.join(", ")} is refused`]),
  ];
  return told.join("; ") || "none";
}

/** How the same end is reached with less interruption; undefined where there is nothing to gain. */
export function adviceOn(
  { name, accepts, interruption, interruptionInOneUpdate }: SecretDeclaration,
  { atOnce }: Effects,
  stack: string,
): string | undefined {
  if (!atOnce || accepts !== "many" || interruption === interruptionInOneUpdate) return undefined;
  return (
    `two updates have an interruption of ${interruption}: \`rekey stage ${name} -s ${stack}\` and \`rekey up -s ${stack}\`, ` +
    `then \`rekey activate ${name} -s ${stack}\` and \`rekey up -s ${stack}\``
  );
}
