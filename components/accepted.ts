import { activeOf } from "./generations";
import { LiveGeneration } from "./rotation";

/** What a consumer sees of a secret of which it accepts `many` values: one to make things with, all of them to check things with. */
export interface Accepted<G extends LiveGeneration> {
  /** Sign and encrypt with this one only. */
  readonly active: G;
  /** Verify and decrypt with any of these: every live generation, the active one first, then those in grace, newest first, the staged ones last. */
  readonly accepted: readonly G[];
}

/** Splits the live generations of a `many` secret for its consumers. The staged one is accepted before anybody makes anything with it. */
export function acceptedOf<G extends LiveGeneration>(generations: readonly G[]): Accepted<G> {
  const active = activeOf(generations);
  const inState = (state: LiveGeneration["state"]) =>
    generations
      .filter((live) => live.state === state)
      .sort((one, other) => one.generation - other.generation);
  return { active, accepted: [active, ...inState("grace").reverse(), ...inState("staged")] };
}
