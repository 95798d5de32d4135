import * as pulumi from "@pulumi/pulumi";
import { LiveGeneration } from "./rotation";

/** A live generation together with its value, as secrets hand it to stores and consumers. */
export interface SecretGeneration extends LiveGeneration {
  /** The value, marked secret; absent when it is already in the store (see `storeVersion`) and the program never sees it. */
  readonly value?: pulumi.Output<string>;
  /** The store's own name of the version that already holds the value: adopted, or taken in past the program. */
  readonly storeVersion?: string;
}

/** A generation of a credential whose user name and value travel as one unit. */
export interface CredentialGeneration extends SecretGeneration {
  readonly username: string;
}

/** The value that generation 1 already has in production, by the store's reference. The program never reads it. */
export interface Adopted {
  /** The store's version, for example `3` in Google Secret Manager. */
  readonly storeVersion: string;
  /** The user that holds the value, for a database credential. */
  readonly username?: string;
}

/** True for the generation that was taken over: it is referred to, never generated. */
export function isAdopted(live: LiveGeneration, adopted: Adopted | undefined): boolean {
  return adopted !== undefined && live.generation === 1;
}

/** The generation that consumers use, of those given. */
export function activeOf<G extends LiveGeneration>(generations: readonly G[]): G {
  const active = generations.find((live) => live.state === "active");
  if (!active) throw new Error("a secret without an active generation reached a consumer");
  return active;
}

/** The engine refuses to replace or delete what is active; activation moves the mark in the same update. */
export function guarded(
  live: LiveGeneration,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  return { ...opts, protect: live.state === "active" };
}

/** The keepers of a slot's random resource: its generation, and nothing else ever. */
export function keepers(live: LiveGeneration): { generation: string } {
  return { generation: String(live.generation) };
}

/**
 * The outputs of a component that has no resource a generation, so that the state tells which ones live: slots and numbers as in the
 * record, never a value. They say what the last update was given, also where it failed before its consumers moved.
 */
export function liveOutputs(generations: readonly LiveGeneration[]): {
  readonly generations: readonly number[];
  readonly active: string;
  readonly slots: Readonly<Record<string, number>>;
} {
  return {
    generations: generations.map(({ generation }) => generation),
    active: activeOf(generations).slot,
    slots: Object.fromEntries(generations.map(({ slot, generation }) => [slot, generation])),
  };
}
