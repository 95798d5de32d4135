import type { Detection } from "./detectors";
import type { Embedded, Place, Spot } from "./spots";

/**
 * What a resource may have for a rule to look at: a leaf at a place; a credential with a form of its own at a place that is for nothing in
 * particular; `marked`, a leaf that is marked secret at such a place.
 */
export type Aspect = Place | Detection | "marked";

const ASPECTS: Readonly<Record<Aspect, true>> = {
  store: true,
  credential: true,
  material: true,
  consumer: true,
  environment: true,
  "config-map": true,
  "user-data": true,
  label: true,
  output: true,
  elsewhere: true,
  marked: true,
  "a private key (PEM)": true,
  "a service account's key file": true,
  "a signed token (JWT)": true,
  "an address with a password in it": true,
  "a provider's token": true,
};
/** Aspects as the bits of a number, so that a set of them is compared at once. */
const BITS = Object.fromEntries(
  Object.keys(ASPECTS).map((aspect, index) => [aspect, 1 << index]),
) as Readonly<Record<Aspect, number>>;

/** A set of aspects as a number: two have one in common where `a & b` is not zero. */
export function setOf(aspects: readonly Aspect[]): number {
  return aspects.reduce((set, aspect) => set | BITS[aspect], 0);
}

/** The aspects of a resource, as {@link setOf} has them. */
export function aspectsOf(spots: readonly Spot[], embedded: readonly Embedded[]): number {
  let set = 0;
  for (const { place, leaf } of spots)
    set |= BITS[place] | (place === "elsewhere" && leaf.secret === "self" ? BITS.marked : 0);
  for (const { detection } of embedded) set |= BITS[detection];
  return set;
}
