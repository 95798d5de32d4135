/** Password hashes: scrypt, stored with their parameters, so that these can change without a reset. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const COST = { N: 16384, r: 8, p: 1 };
const HASH_BYTES = 32;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, encode(salt), encode(hash)].join("$");
}

/** Compares in constant time. A user without a hash costs the same time as one with it, so that nobody learns which users exist. */
export async function verifyPassword(password: string, stored?: string): Promise<boolean> {
  const [, n, r, p, salt = "", hash = ""] = (stored ?? DUMMY).split("$");
  const expected = Buffer.from(hash, "base64url");
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, "base64url"), cost);
  return timingSafeEqual(actual, expected) && stored !== undefined;
}

const encode = (bytes: Buffer) => bytes.toString("base64url");
const DUMMY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${encode(randomBytes(16))}$${encode(randomBytes(HASH_BYTES))}`;

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
