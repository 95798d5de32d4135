import { createHmac, randomBytes } from "node:crypto";
import type { SecretText } from "../../components/secret-text";

const SHOWN = 12;

/**
 * Fingerprints of one run: HMAC-SHA256 under a random key that exists in memory only. Two values have the same one exactly if they are equal,
 * and what is printed of it is of no use for testing guesses, nor for comparing it with another run's.
 */
export class Fingerprints {
  readonly #key = randomBytes(32);

  /** The whole fingerprint, to compare by. */
  of(value: SecretText): string {
    return createHmac("sha256", this.#key).update(value.reveal()).digest("hex");
  }

  /** What people see of it: 12 hexadecimal digits. */
  static shown(fingerprint: string): string {
    return fingerprint.slice(0, SHOWN);
  }
}
