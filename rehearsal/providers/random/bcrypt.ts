import { randomBytes } from "node:crypto";

/**
 * bcrypt, because RandomPassword has an output `bcryptHash` and Node brings no bcrypt. The algorithm is
 * that of Provos and Mazières (USENIX 1999): Blowfish with a salted, repeated key schedule.
 */

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ROUNDS = 16;
const P_WORDS = ROUNDS + 2;
const S_WORDS = 4 * 256;

interface Cipher {
  p: Uint32Array;
  s: Uint32Array;
}

/** `$2a$` hash of a text, of which the first 72 bytes count. `cost` is 4 to 31, its power of two the work. */
export function bcryptHash(text: string, cost: number, salt: Uint8Array = randomBytes(16)): string {
  const key = Buffer.concat([Buffer.from(text, "utf8"), Buffer.of(0)]).subarray(0, 72);
  const cipher = { p: initial().p.slice(), s: initial().s.slice() };
  expand(cipher, key, words(salt, 4));
  for (let round = 0; round < 2 ** cost; round++) {
    expand(cipher, key, undefined);
    expand(cipher, salt, undefined);
  }
  const block = words(Buffer.from("OrpheanBeholderScryDoubt"), 6);
  for (let pair = 0; pair < 6; pair += 2) {
    for (let turn = 0; turn < 64; turn++) encrypt(cipher, block, pair);
  }
  const digest = Buffer.alloc(24);
  block.forEach((word, index) => digest.writeUInt32BE(word, index * 4));
  const digits = cost.toString().padStart(2, "0");
  return `$2a$${digits}$${encode(salt)}${encode(digest.subarray(0, 23))}`;
}

function expand(cipher: Cipher, key: Uint8Array, salt: Uint32Array | undefined): void {
  const { p, s } = cipher;
  const keyWords = words(key, P_WORDS);
  for (let index = 0; index < P_WORDS; index++) p[index]! ^= keyWords[index]!;
  const block = new Uint32Array(2);
  let salted = 0;
  for (const table of [p, s]) {
    for (let index = 0; index < table.length; index += 2) {
      if (salt) {
        block[0]! ^= salt[salted]!;
        block[1]! ^= salt[salted + 1]!;
        salted = (salted + 2) % 4;
      }
      encrypt(cipher, block, 0);
      table[index] = block[0]!;
      table[index + 1] = block[1]!;
    }
  }
}

function encrypt({ p, s }: Cipher, block: Uint32Array, at: number): void {
  let left = block[at]! ^ p[0]!;
  let right = block[at + 1]!;
  for (let round = 1; round <= ROUNDS; round++) {
    const mixed =
      (((s[left >>> 24]! + s[256 + ((left >>> 16) & 255)]!) ^ s[512 + ((left >>> 8) & 255)]!) +
        s[768 + (left & 255)]!) |
      0;
    [left, right] = [right ^ mixed ^ p[round]!, left];
  }
  block[at] = right ^ p[ROUNDS + 1]!;
  block[at + 1] = left;
}

// Repeats the bytes as often as needed, big-endian.
function words(bytes: Uint8Array, count: number): Uint32Array {
  const result = new Uint32Array(count);
  for (let index = 0; index < count * 4; index++) {
    const word = index >> 2;
    result[word] = (result[word]! << 8) | bytes[index % bytes.length]!;
  }
  return result;
}

function encode(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(index, index + 3);
    const group = (first << 16) | (second << 8) | third;
    const length = Math.min(3, bytes.length - index) + 1;
    for (let digit = 0; digit < length; digit++) text += ALPHABET[(group >> (18 - 6 * digit)) & 63];
  }
  return text;
}

let tables: Cipher | undefined;

// Blowfish starts from the fraction of pi; Machin's formula gives its bits faster than a table would load.
function initial(): Cipher {
  if (tables) return tables;
  const bits = BigInt((P_WORDS + S_WORDS) * 32);
  const guard = 64n;
  const one = 1n << (bits + guard);
  const pi = 4n * (4n * arccot(5n, one) - arccot(239n, one));
  const digits = (pi - 3n * one) >> guard;
  const hex = digits.toString(16).padStart((P_WORDS + S_WORDS) * 8, "0");
  const all = Uint32Array.from({ length: P_WORDS + S_WORDS }, (_, index) =>
    Number.parseInt(hex.slice(index * 8, index * 8 + 8), 16),
  );
  tables = { p: all.slice(0, P_WORDS), s: all.slice(P_WORDS) };
  return tables;
}

function arccot(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += (sign * power) / n;
  }
  return sum;
}
