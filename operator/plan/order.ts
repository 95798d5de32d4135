import type { SecretDeclaration } from "../../components/inventory";
import { kindOf } from "../../stacks/places";
import type { Phase } from "./document";
import { Effects, reachesConsumers } from "./effects";
import { writesTo } from "./writes";

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
 * The order that the dependencies give the update: values, database users, the stores that consumers read, consumers, the stores that
 * publish what those have by then, verification, retirement. Within a phase secrets stand by tier; the engine works on those of one phase
 * side by side. Phases with nothing to do are left out.
 */
export function orderOf(changing: readonly Changing[]): Phase[] {
  const all = byTier(changing);
  const making = all.filter(({ effects }) => effects.issued.length > 0);
  const moving = all.filter(({ effects }) => effects.moves);
  const ending = all.filter(({ effects }) => effects.ended.length > 0);
  const touched = all.filter(({ secret, effects }) => reachesConsumers(secret, effects));
  const phases: Phase[] = [
    {
      phase: "values",
      steps: making.map(
        ({ secret, effects: { issued } }) =>
          `${secret.name}: ${secret.source === "external" ? "take in" : "make"} generation ${issued.join(", ")}`,
      ),
    },
    { phase: "targets", steps: settings([...making, ...moving]) },
    { phase: "stores", steps: publications(all, false) },
    { phase: "consumers", steps: byConsumer(touched) },
    { phase: "stores", steps: publications(all, true) },
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

function settings(changing: readonly Changing[]): string[] {
  const told = changing
    .filter(({ secret }) => targets(secret).length > 0)
    .map(({ secret }) => `${secret.name}: set ${targets(secret).join(", ")}`);
  return [...new Set(told)];
}

/** What is written to the stores that have a value before its consumers, or to those that get it after them. */
function publications(changing: readonly Changing[], last: boolean): string[] {
  return changing.flatMap((one) => {
    const { name, stores, publishedLast = [] } = one.secret;
    const places = stores.filter(
      (store) => publishedLast.includes(kindOf(store)) === last && publishes(store, one),
    );
    return places.length === 0 ? [] : [`${name}: publish to ${places.join(", ")}`];
  });
}

/** The write that ends a generation is the retirement's. */
function publishes(store: string, { secret, effects }: Changing): boolean {
  const { issued, moves } = effects;
  if (issued.length === 0 && !moves) return false;
  return writesTo(store, { secret, effects: { ...effects, ended: [] } }) > 0;
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
