import { randomInt } from "node:crypto";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** The shape of a generated text, as RandomPassword and RandomString take it, defaults applied. */
export interface Shape {
  length: number;
  upper: boolean;
  lower: boolean;
  numeric: boolean;
  special: boolean;
  minUpper: number;
  minLower: number;
  minNumeric: number;
  minSpecial: number;
  overrideSpecial?: string | undefined;
}

/**
 * A random text of that shape. First the minimum of each class, then the rest from all classes that are
 * on, then shuffled, as the official provider does. Every choice is `crypto.randomInt`, so no character
 * is likelier than another.
 */
export function randomText(shape: Shape): string {
  const special = shape.overrideSpecial ? shape.overrideSpecial : SPECIAL;
  const classes: [characters: string, on: boolean, minimum: number][] = [
    [UPPER, shape.upper, shape.minUpper],
    [LOWER, shape.lower, shape.minLower],
    [NUMERIC, shape.numeric, shape.minNumeric],
    [special, shape.special, shape.minSpecial],
  ];
  const all = classes.map(([characters, on]) => (on ? characters : "")).join("");
  const chosen = classes.flatMap(([characters, , minimum]) => pick(characters, minimum));
  chosen.push(...pick(all, shape.length - chosen.length));
  return shuffle(chosen).join("");
}

function pick(characters: string, count: number): string[] {
  const alphabet = [...characters];
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)] as string);
}

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [
      characters[other] as string,
      characters[last] as string,
    ];
  }
  return characters;
}
