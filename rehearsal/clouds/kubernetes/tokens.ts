/** Who calls: the administrator, by the token that the fake was started with, or a service account, by a signed token of bounded life. */
import { timingSafeEqual } from "node:crypto";
import { generateKeyPair, jwtVerify, SignJWT, type KeyLike } from "jose";
import { SecretText } from "../../../components/secret-text";
import { StatusError } from "./errors";
import { kindOf } from "./kinds";
import type { ObjectStore } from "./objects";

/** A caller who proved who it is. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  /** True for the administrator, who may do everything. */
  readonly admin: boolean;
  /** The service account's namespace, for one. */
  readonly namespace?: string;
}

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const ALGORITHM = "ES256";
const SHORTEST_S = 1;
const USUAL_S = 3600;

/** Makes and checks tokens. */
export class TokenAuthority {
  private constructor(
    private readonly admin: SecretText,
    private readonly objects: ObjectStore,
    private readonly keys: { publicKey: KeyLike; privateKey: KeyLike },
  ) {}

  static async create(admin: SecretText, objects: ObjectStore): Promise<TokenAuthority> {
    return new TokenAuthority(admin, objects, await generateKeyPair(ALGORITHM));
  }

  /** The caller that an `Authorization` header proves. @throws 401 for none and for one that is not good (any more). */
  async authenticate(header: string | undefined): Promise<User> {
    const token = /^Bearer (\S+)$/i.exec(header ?? "")?.[1];
    const user = token === undefined ? undefined : await this.userOf(token, [ISSUER]);
    if (user === undefined) throw new StatusError(401, "Unauthorized", "Unauthorized");
    return user;
  }

  /** A token for a service account that exists, as `TokenRequest` gives one. */
  async issue(
    namespace: string,
    name: string,
    audiences: readonly string[] = [ISSUER],
    lifeSeconds = USUAL_S,
  ): Promise<{ token: SecretText; expires: string }> {
    const account = this.objects.get({ kind: kindOf("ServiceAccount"), namespace, name });
    const expires = Math.floor(Date.now() / 1000) + Math.max(lifeSeconds, SHORTEST_S);
    const { uid } = account.metadata;
    const claims = { "kubernetes.io": { namespace, serviceaccount: { name, uid } } };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(ISSUER)
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setAudience([...audiences])
      .setIssuedAt()
      .setNotBefore("0s")
      .setExpirationTime(expires)
      .sign(this.keys.privateKey);
    return { token: new SecretText(token), expires: new Date(expires * 1000).toISOString() };
  }

  /** What a `TokenReview` answers: whether the token is good for one of the audiences, and whose it is. */
  async review(token: string, audiences: readonly string[] | undefined): Promise<object> {
    const wanted = audiences === undefined || audiences.length === 0 ? [ISSUER] : [...audiences];
    const user = await this.userOf(token, wanted);
    if (user === undefined) return { authenticated: false, error: "the token is not good" };
    const { username, groups } = user;
    const [, , namespace, name] = username.split(":");
    const uid = name && this.account(namespace ?? "", name)?.metadata.uid;
    return { authenticated: true, user: { username, groups, uid }, audiences: wanted };
  }

  private async userOf(token: string, audience: string[]): Promise<User | undefined> {
    if (equal(token, this.admin.reveal())) {
      return { username: "rekey-admin", groups: ["system:masters"], admin: true };
    }
    try {
      const options = { issuer: ISSUER, audience, algorithms: [ALGORITHM] };
      const { payload } = await jwtVerify(token, this.keys.publicKey, options);
      const { namespace, serviceaccount } = payload["kubernetes.io"] as Claims;
      const account = this.account(namespace, serviceaccount.name);
      // A token is that of one account: of one that was made anew under the same name it is none.
      if (account?.metadata.uid !== serviceaccount.uid) return undefined;
      return {
        username: String(payload.sub),
        groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
        admin: false,
        namespace,
      };
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  }

  private account(namespace: string, name: string) {
    return this.objects.find({ kind: kindOf("ServiceAccount"), namespace, name });
  }
}

interface Claims {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
