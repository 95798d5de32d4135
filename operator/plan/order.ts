import type { SecretDeclaration } from "../../components/inventory";
import type { Phase } from "./document";
import type { Effects } from "./effects";

/** A secret that the next update changes. */
export interface Changing {
  readonly secret: SecretDeclaration;
  readonly effects: Effects;
}

/** Consumers that must hold a value before a store hands it out. */
const TARGETS = /^(cloud-sql-user|postgres-roles?|postgres-user|local-database|database-user):/;

/** Most important first; what has no tier comes last. */
const TIERS = ["critical", "high", "medium", "optional"];

/** The tier of a secret's declaration, where its system gives one. */
export function tierOf(secret: SecretDeclaration): string | undefined {
  const { tier } = secret as { tier?: unknown };
  return typeof tier === "string" ? tier : undefined;
}

/** By tier where there are tiers, otherwise as the inventory has them. */
export function byTier<Item extends { readonly secret: SecretDeclaration }>(
  items: readonly Item[],
): Item[] {
  const rank = ({ secret }: Item) => {
    const found = TIERS.indexOf(tierOf(secret) ?? "");
    return found === -1 ? TIERS.length : found;
  };
  return [...items].sort((one, other) => rank(one) - rank(other));
}

/**
 * The order that the dependencies give the update: values, database users, stores, consumers, verification, retirement. Within a phase
 * secrets stand by tier; the engine works on those of one phase side by side. Phases with nothing to do are left out.
 */
export function orderOf(changing: readonly Changing[]): Phase[] {
  const all = byTier(changing);
  const making = all.filter(({ effects }) => effects.issued.length > 0);
  const moving = all.filter(({ effects }) => effects.moves);
  const ending = all.filter(({ effects }) => effects.ended.length > 0);
  const touched = all.filter(
    ({ effects: { issued, moves, ended }, secret }) =>
      moves || ((issued.length > 0 || ended.length > 0) && secret.accepts === "many"),
  );
  const phases: Phase[] = [
    {
      phase: "values",
      steps: making.map(
        ({ secret, effects: { issued } }) =>
          `${secret.name}: ${secret.source === "external" ? "take in" : "make"} generation ${issued.join(", ")}`,
      ),
    },
    { phase: "targets", steps: steps([...making, ...moving], targets, "set") },
    { phase: "stores", steps: steps([...making, ...moving], ({ stores }) => stores, "publish to") },
    { phase: "consumers", steps: byConsumer(touched) },
    {
      phase: "verification",
      steps: ending.length + moving.length === 0 ? [] : [verification(moving, ending)],
    },
    {
      phase: "retirement",
      steps: ending.map(
        ({ secret, effects }) => `${secret.name}: end generation ${effects.ended.join(", ")}`,
      ),
    },
  ];
  return phases.filter((phase) => phase.steps.length > 0);
}

function targets({ consumers }: SecretDeclaration): readonly string[] {
  return consumers.filter((consumer) => TARGETS.test(consumer));
}

function steps(
  changing: readonly Changing[],
  places: (secret: SecretDeclaration) => readonly string[],
  verb: string,
): string[] {
  const told = changing
    .filter(({ secret }) => places(secret).length > 0)
    .map(({ secret }) => `${secret.name}: ${verb} ${places(secret).join(", ")}`);
  return [...new Set(told)];
}

/** One consumer may take several secrets, and changes once. */
function byConsumer(changing: readonly Changing[]): string[] {
  const taken = new Map<string, string[]>();
  for (const { secret } of changing)
    for (const consumer of secret.consumers.filter((one) => !TARGETS.test(one)))
      taken.set(consumer, [...(taken.get(consumer) ?? []), secret.name]);
  return [...taken].map(([consumer, names]) => `${consumer}: ${names.join(", ")}`);
}

function verification(moving: readonly Changing[], ending: readonly Changing[]): string {
  const names = [...new Set([...moving, ...ending].map(({ secret }) => secret.name))].join(", ");
  return ending.length > 0
    ? `every consumer answers before anything of this ends: ${names}`
    : `every consumer answers with what is active now: ${names}`;
}
