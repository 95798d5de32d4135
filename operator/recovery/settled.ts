import type { Cloud } from "./cloud";
import type { Span } from "./failed-updates";
import type { KnownResource, KnownState } from "./state";

/** What became of a creation that nobody saw end. */
export type Settled =
  /** Nothing is there, or what is there is made again calmly: strike the operation. */
  | { readonly kind: "nothing" }
  /** A later update made it, and the state has it: it may be in use by now. Strike the operation and touch nothing. */
  | { readonly kind: "known" }
  /** It exists: the state learns its id, so that the next update does not make a second one. */
  | { readonly kind: "exists"; readonly id: string }
  /** It existed and nobody could ever have used it: it was cleared away. */
  | { readonly kind: "cleared"; readonly what: string };

/** A creation that was interrupted, and where to look for what it left. */
export interface Interrupted {
  readonly resource: KnownResource;
  readonly state: KnownState;
  readonly cloud: Cloud;
  /**
   * When the updates ran in which it failed: only what was made then is ours, since whether the cloud had acted before is not known. Unset where
   * the state itself says that the creation began and nobody saw it end.
   */
  readonly failed?: readonly Span[];
}

/** Looks for what an interrupted creation left, and settles it without touching anything that is in use. */
export type Settle = (interrupted: Interrupted) => Promise<Settled>;

export const NOTHING: Settled = { kind: "nothing" };
export const KNOWN: Settled = { kind: "known" };

/**
 * What was found under an id: unknown to the state, unless a resource of another name has it.
 *
 * @param made when it was made, by the cloud's clock; unset where the cloud does not say. Then it is nobody's but an interrupted creation's.
 */
export function found(id: string, interrupted: Interrupted, made?: Date | string): Settled {
  const { resource, state } = interrupted;
  const has = state.resources.some((known) => known.type === resource.type && known.id === id);
  if (has) return KNOWN;
  return isOurs(interrupted, made) ? { kind: "exists", id } : NOTHING;
}

/** Whether the creation in question can have made what is there: a failed one only what was made while it was tried. */
function isOurs({ failed }: Interrupted, made: Date | string | undefined): boolean {
  if (failed === undefined) return true;
  if (made === undefined) return false;
  const time = new Date(made).getTime();
  return failed.some(({ from, to }) => time >= from.getTime() && time <= to.getTime());
}

/** An input that is a text; empty where it is none. */
export function textIn({ inputs }: KnownResource, key: string): string {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
}
