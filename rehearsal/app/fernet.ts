/**
 * Fernet tokens (https://github.com/fernet/spec, version 0x80: AES-128-CBC, then HMAC-SHA256 over everything before it). Whatever Python's
 * `cryptography` wrote can be read here, and the other way round.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** Why a token was refused; never quotes it, nor what was in it. */
export class FernetError extends Error {}

/** When a token is made. */
export interface EncryptOptions {
  /** Seconds since 1970. Default: now. */
  readonly now?: number;
  /** 16 bytes, never used twice with one key. Default: random. */
  readonly iv?: Buffer;
}

/** What of a token's time is checked. */
export interface DecryptOptions {
  /** Longest age in seconds. Default: any age, as data at rest needs it; then a time in the future is fine, too. */
  readonly ttlSeconds?: number;
  /** Seconds since 1970. Default: now. */
  readonly now?: number;
}

const VERSION = 0x80;
const KEY_BYTES = 32;
const HEAD_BYTES = 1 + 8 + 16;
const MAC_BYTES = 32;
const BLOCK_BYTES = 16;
const CLOCK_SKEW_SECONDS = 60;
const CIPHER = "aes-128-cbc";

/** One key: 32 bytes in base64url, the first half of which signs while the second encrypts. */
export class FernetKey {
  readonly #signing: Buffer;
  readonly #encryption: Buffer;

  /** @throws FernetError for a text that is no such key. */
  constructor(text: string) {
    const bytes = decode(text);
    if (bytes?.length !== KEY_BYTES) {
      throw new FernetError(
        `a Fernet key is ${KEY_BYTES} bytes in base64url: 44 characters with "=" at the end`,
      );
    }
    this.#signing = bytes.subarray(0, KEY_BYTES / 2);
    this.#encryption = bytes.subarray(KEY_BYTES / 2);
  }

  /** A token that holds `message`, in base64url with padding. */
  encrypt(message: string, { now = seconds(), iv = randomBytes(16) }: EncryptOptions = {}): string {
    const head = Buffer.alloc(9);
    head.writeUInt8(VERSION);
    head.writeBigUInt64BE(BigInt(now), 1);
    const cipher = createCipheriv(CIPHER, this.#encryption, iv);
    const body = [head, iv, cipher.update(message, "utf8"), cipher.final()];
    return encode(Buffer.concat([...body, this.#mac(Buffer.concat(body))]));
  }

  /** What a token holds. @throws FernetError for one that this key did not make, that was changed, or whose time is out of bounds. */
  decrypt(token: string, { ttlSeconds, now = seconds() }: DecryptOptions = {}): string {
    const bytes = decode(token);
    if (bytes === undefined) throw new FernetError("the token is not in base64url");
    if (bytes[0] !== VERSION) throw new FernetError("the token is of another version");
    const length = bytes.length - HEAD_BYTES - MAC_BYTES;
    if (length < BLOCK_BYTES || length % BLOCK_BYTES !== 0) {
      throw new FernetError("the token is too short or not a whole number of blocks");
    }
    if (ttlSeconds !== undefined) checkAge(bytes.readBigUInt64BE(1), ttlSeconds, now);
    const signed = bytes.subarray(0, -MAC_BYTES);
    if (!timingSafeEqual(this.#mac(signed), bytes.subarray(-MAC_BYTES))) {
      throw new FernetError("the token is of another key or was changed");
    }
    const iv = bytes.subarray(9, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#encryption, iv);
    try {
      return Buffer.concat([
        decipher.update(signed.subarray(HEAD_BYTES)),
        decipher.final(),
      ]).toString("utf8");
    } catch (error) {
      throw new FernetError("the token's padding is wrong", { cause: error });
    }
  }

  #mac(signed: Buffer): Buffer {
    return createHmac("sha256", this.#signing).update(signed).digest();
  }
}

/** A new key, as `Fernet.generate_key()` gives it. */
export function generateFernetKey(): string {
  return encode(randomBytes(KEY_BYTES));
}

function checkAge(made: bigint, ttlSeconds: number, now: number): void {
  if (Number(made) + ttlSeconds < now) throw new FernetError("the token is too old");
  if (Number(made) > now + CLOCK_SKEW_SECONDS)
    throw new FernetError("the token is from the future");
}

// Node's own decoder skips what it does not know, so that many texts would stand for one token.
function decode(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[\w-]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64url");
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

const seconds = () => Math.floor(Date.now() / 1000);
