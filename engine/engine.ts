import type { PulumiCommand } from "@pulumi/pulumi/automation";

/** Where a Pulumi CLI came from. A kept one says how it came at first. */
export type Source = "path" | "download" | "build";

/** The ways to a Pulumi CLI, in the order in which they are tried. */
export const WAYS = ["path", "cache", "download", "build"] as const;

/** One of the ways to a Pulumi CLI. `cache` is what an earlier download or build left. */
export type Way = (typeof WAYS)[number];

/** A Pulumi CLI that is there and new enough. */
export interface Engine {
  /** For the Automation API's `pulumiCommand`. */
  readonly command: PulumiCommand;
  /** Without a leading v, for example `3.256.0`. */
  readonly version: string;
  readonly source: Source;
  /** The executable, absolute. */
  readonly path: string;
}

/** A program file and its version, before it is wrapped for the Automation API. */
export type Located = Omit<Engine, "command">;

/** Why one way did not lead to a CLI, and what opens it. */
export interface Refusal {
  readonly reason: string;
  readonly fix: string;
  /** Something is there that cannot be used; people hear of it even when another way works. */
  readonly unusable?: boolean;
  /** A disk is full: a way that would work with more room. */
  readonly noSpace?: boolean;
}

/** What one way came to. */
export type Outcome = Located | Refusal;

/** Tells the two outcomes of a way apart. */
export function isRefusal(outcome: Outcome): outcome is Refusal {
  return "reason" in outcome;
}
