/** Session tokens: JWT, HS256, signed with the active key and accepted with every key of {@link SigningSettings}. */
import { errors, jwtVerify, SignJWT } from "jose";
import type { SigningSettings } from "./settings";

const LIFETIME = "8d";
const ALGORITHM = "HS256";

/** Signs and verifies tokens whose subject is a user's number. */
export class Tokens {
  /** @param lifetime how long a token is valid unless its key is retired before; eight days unless given. */
  constructor(
    private readonly keys: SigningSettings,
    private readonly lifetime = LIFETIME,
  ) {}

  /** A token for `userId`. */
  issue(userId: number): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(String(userId))
      .setIssuedAt()
      .setExpirationTime(this.lifetime)
      .sign(this.keys.active);
  }

  /** The user's number, or `undefined` for whatever is not a valid token of an accepted key. */
  async subject(token: string): Promise<number | undefined> {
    for (const key of this.keys.accepted) {
      const subject = await verified(token, key);
      if (subject !== undefined) return subject;
    }
    return undefined;
  }
}

async function verified(token: string, key: Uint8Array): Promise<number | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      requiredClaims: ["sub", "exp"],
    });
    return /^[1-9]\d{0,14}$/.test(payload.sub ?? "") ? Number(payload.sub) : undefined;
  } catch (error) {
    // Every refusal of the library is of this class; anything else is a fault of ours and must show.
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
