/**
 * The keyring of the encrypted columns: new values are written as `v<N>:<token>` under the active key, and read with every key, so that a
 * rotation of the key changes no row. A key may go once no row needs it (job `re-encrypt`).
 */
import { FernetError, FernetKey } from "./fernet";
import { required, type Env } from "./settings";

/** A key and the generation that it is. */
export interface VersionedKey {
  readonly version: number;
  /** See {@link FernetKey}. */
  readonly key: string;
}

/** A value as a row keeps it. */
export interface Encrypted {
  /** `v<N>:<token>` */
  readonly text: string;
  /** N: the value of `encryption_key_version`. */
  readonly version: number;
}

// Nine digits always fit the column, which is an integer.
const PREFIX = /^v(\d{1,9}):/;

/** The keys that the application has, the active one first. */
export class FernetKeyring {
  /** The version that new values are written under. */
  readonly active: number;
  private readonly keys: ReadonlyMap<number, FernetKey>;

  /** @throws FernetError without keys, for two keys of one version, and for a text that is no key. */
  constructor(keys: readonly VersionedKey[]) {
    const [first] = keys;
    if (first === undefined) throw new FernetError("a keyring needs at least one key");
    this.active = first.version;
    this.keys = new Map(keys.map(({ version, key }) => [version, new FernetKey(key)]));
    if (this.keys.size !== keys.length) throw new FernetError("two keys are of the same version");
  }

  /** The versions that can be read, the active one first. */
  get versions(): number[] {
    return [...this.keys.keys()];
  }

  /** Encrypts under the active key. */
  encrypt(message: string): Encrypted {
    const key = this.keys.get(this.active) as FernetKey;
    return { text: `v${this.active}:${key.encrypt(message)}`, version: this.active };
  }

  /**
   * Reads a value of any form: the key that its prefix names is tried first and the others after it, since values from before the
   * keyring have no prefix. @throws FernetError when no key opens it.
   */
  decrypt(ciphertext: string): string {
    const named = PREFIX.exec(ciphertext);
    const token = named === null ? ciphertext : ciphertext.slice(named[0].length);
    const preferred = this.keys.get(Number(named?.[1]));
    let last: unknown;
    for (const key of new Set([...(preferred ? [preferred] : []), ...this.keys.values()])) {
      try {
        return key.decrypt(token);
      } catch (error) {
        if (!(error instanceof FernetError)) throw error;
        last = error;
      }
    }
    throw new FernetError("no key of the keyring opens this value", { cause: last });
  }

  /** Whether a stored value is of the active key and says so: what `re-encrypt` has nothing to do with. */
  isCurrent(ciphertext: string): boolean {
    return Number(PREFIX.exec(ciphertext)?.[1]) === this.active;
  }
}

/**
 * `ENCRYPTION_KEY` ("k2,k1", the active one first, decrypt-only and staged ones after it) and `ENCRYPTION_KEY_VERSIONS` ("2,1": the
 * generation of each, in the same order). @throws Error that names the variable, never a key.
 */
export function keyringOf(env: Env): FernetKeyring {
  const keys = required(env, "ENCRYPTION_KEY").split(",");
  const versions = required(env, "ENCRYPTION_KEY_VERSIONS").split(",");
  if (versions.length !== keys.length || !versions.every((one) => /^[1-9]\d{0,8}$/.test(one))) {
    throw new Error(
      `environment variable ENCRYPTION_KEY_VERSIONS must give the generation of each key in ENCRYPTION_KEY, in the same order: ${keys.length} whole numbers above 0, between commas`,
    );
  }
  try {
    return new FernetKeyring(keys.map((key, at) => ({ key, version: Number(versions[at]) })));
  } catch (error) {
    if (!(error instanceof FernetError)) throw error;
    throw new Error(`environment variable ENCRYPTION_KEY is not usable: ${error.message}`, {
      cause: error,
    });
  }
}
