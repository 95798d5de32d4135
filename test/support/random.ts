/** A small seeded generator (mulberry32), so that a failing run can be had again: `REKEY_SEED=<seed>`. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run: `REKEY_SEED`, or one of its own. */
export const SEED = Number(process.env["REKEY_SEED"] ?? Date.now() % 1_000_000);

/** The same entries in an order that the generator decides. */
export function shuffled<One>(all: readonly One[], random: () => number): One[] {
  const rest = [...all];
  return all.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as One);
}

/** True under `npm run matrix`, where every test has its full size. */
export const FULL = process.env["REKEY_MATRIX"] === "full";

/** How many of a long matrix run: the whole under `npm run matrix`, a sample otherwise. */
export function sample(whole: number, few: number): number {
  return FULL ? whole : few;
}
