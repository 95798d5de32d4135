import { SecretDeclaration, TIERS, Tier } from "../components/inventory";
import type { Among } from "./moves";
import type { SystemRehearsal } from "./systems/system";

/** Which secrets of a system a walk takes through which moves. */
export class WalkChoice {
  constructor(
    private readonly system: Pick<SystemRehearsal, "walk" | "inTiers" | "everyMove">,
    private readonly secrets: readonly SecretDeclaration[],
  ) {}

  /** The rounds of the walk: the tiers of the secrets that move by themselves, most important first, or one round with all. */
  rounds(): readonly (Tier | undefined)[] {
    if (this.system.inTiers !== true) return [undefined];
    const moving = this.secrets.filter(({ movesWith }) => movesWith === undefined);
    return TIERS.filter((tier) => moving.some((secret) => secret.tier === tier));
  }

  /** What moves in a round: its secrets, and those that move with one of them. */
  of(tier: Tier | undefined): readonly SecretDeclaration[] {
    return tier === undefined
      ? this.secrets
      : this.secrets.filter((secret) => this.leaderOf(secret)?.tier === tier);
  }

  /** Those of a round, or of the whole walk, that go through every move; empty where none does. */
  every(tier?: Tier): readonly SecretDeclaration[] {
    const { walk, everyMove = [] } = this.system;
    const round = this.of(tier);
    return walk === "every-move"
      ? round
      : round.filter((secret) => everyMove.includes(this.leaderOf(secret)?.name ?? ""));
  }

  /** How the commands of those moves name them; undefined for all. */
  amongEvery(tier?: Tier): Among | undefined {
    if (this.system.walk === "every-move") return tier;
    return this.every(tier)
      .filter(({ movesWith }) => movesWith === undefined)
      .map(({ name }) => name);
  }

  private leaderOf({ name, movesWith = name }: SecretDeclaration): SecretDeclaration | undefined {
    return this.secrets.find((secret) => secret.name === movesWith);
  }
}

/** The names of secrets. */
export function namesOf(secrets: readonly SecretDeclaration[]): string[] {
  return secrets.map(({ name }) => name);
}
