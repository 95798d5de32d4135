import { randomInt } from "node:crypto";
import { SecretText } from "../../components/secret-text";
import { type Acceptance, waitForAcceptance } from "./acceptance";
import type { Strategy } from "./steps";

/** 43 letters and digits hold 256 bits. */
const LENGTH = 43;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits. */
export function randomText(length: number): SecretText {
  const letters = Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return new SecretText(letters.join(""));
}

/** Who verifies a token, and until when one step may wait for that, in milliseconds of the clock. */
export interface Verifier extends Acceptance {
  readonly deadline: number;
}

/**
 * A token that only its readers know: there is no target to tell. Whoever verifies it reads it too, and later than it is written; where one is
 * named, the token becomes the one in use only after it was accepted there.
 */
export function tokenStrategy(verifier?: Verifier): Strategy {
  return {
    create: () => Promise.resolve(randomText(LENGTH)),
    set: () => Promise.resolve(),
    test: async (pending) => {
      if (pending.reveal().length !== LENGTH)
        throw new Error(`the pending value has not ${LENGTH} characters`);
      if (verifier) await waitForAcceptance(pending, verifier, verifier.deadline);
    },
  };
}
