import { randomInt } from "node:crypto";
import { SecretText } from "../../components/secret-text";
import type { Strategy } from "./steps";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits; 43 of them hold 256 bits. */
export function randomText(length: number): SecretText {
  const letters = Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return new SecretText(letters.join(""));
}

/** A token that only its readers know: there is no target to tell. */
export function tokenStrategy(length = 43): Strategy {
  return {
    create: () => Promise.resolve(randomText(length)),
    set: () => Promise.resolve(),
    test: (pending) =>
      pending.reveal().length === length
        ? Promise.resolve()
        : Promise.reject(new Error(`the pending value has not ${length} characters`)),
  };
}
