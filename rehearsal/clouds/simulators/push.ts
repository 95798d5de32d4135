/** Simulator of a browser and its push service: it makes subscriptions and takes messages to them, signed by VAPID (RFC 8292). */
import { randomBytes } from "node:crypto";
import { errors, importJWK, jwtVerify } from "jose";
import { serveSimulator, type Answered, type Asked, type Simulator } from "./simulator";

/** A running simulator of a push service. */
export interface PushSimulator extends Simulator {
  /** Subscribes as a browser does, with the application's public key, and answers the subscription's endpoint. */
  subscribe(applicationServerKey: string): string;
  /** Ends a subscription: messages to it answer 410. */
  unsubscribe(endpoint: string): void;
  /** Messages that a subscription took. */
  delivered(endpoint: string): number;
  /** Messages that came with each public key, refused ones included. */
  signedWith(): ReadonlyMap<string, number>;
}

interface Subscription {
  readonly key: string;
  delivered: number;
  gone: boolean;
}

const LONGEST_SECONDS = 24 * 3600;
const KEY_BYTES = 65;

/**
 * Starts the simulator. `POST /push/<id>` needs a TTL (400) and `Authorization: vapid t=…, k=…` (401 without it); 403 unless the token is
 * signed by `k`, for this service, valid for at most a day, and `k` is the key of the subscription. 404 and 410 for one that is not there.
 */
export async function startPushSimulator(): Promise<PushSimulator> {
  const subscriptions = new Map<string, Subscription>();
  const signed = new Map<string, number>();
  let origin = "";
  const simulator = await serveSimulator(
    {
      "POST /push/:id": async (asked) => {
        const shown = shownIn(asked)?.key;
        if (shown !== undefined) signed.set(shown, (signed.get(shown) ?? 0) + 1);
        const found = subscriptions.get(asked.id);
        if (found === undefined) return { status: 404, body: failure("no such subscription") };
        if (found.gone) return { status: 410, body: failure("the user has unsubscribed") };
        const refused = await refusalOf(asked, found.key, origin);
        if (refused !== undefined) return refused;
        found.delivered++;
        return { status: 201, headers: { location: `${origin}/message/${id()}` } };
      },
    },
    failure("not found"),
  );
  origin = simulator.url;
  const at = (endpoint: string): Subscription => {
    const found = subscriptions.get(endpoint.slice(`${origin}/push/`.length));
    if (found === undefined)
      throw new Error("no such subscription: give what subscribe() answered");
    return found;
  };
  return {
    ...simulator,
    subscribe: (applicationServerKey) => {
      if (point(applicationServerKey) === undefined) {
        throw new Error(
          `an application server key is an uncompressed point of P-256: ${KEY_BYTES} bytes in base64url`,
        );
      }
      const name = id();
      subscriptions.set(name, { key: applicationServerKey, delivered: 0, gone: false });
      return `${origin}/push/${name}`;
    },
    unsubscribe: (endpoint) => {
      at(endpoint).gone = true;
    },
    delivered: (endpoint) => at(endpoint).delivered,
    signedWith: () => new Map(signed),
  };
}

/** The token that a message carries, and the public key that is shown with it. */
function shownIn({ headers }: Asked): { token: string; key: string } | undefined {
  const [, token, key] =
    /^vapid t=([\w.-]+), ?k=([\w-]+)$/i.exec(headers.authorization ?? "") ?? [];
  return token === undefined || key === undefined ? undefined : { token, key };
}

async function refusalOf(asked: Asked, key: string, origin: string): Promise<Answered | undefined> {
  if (!/^\d+$/.test(String(asked.headers["ttl"]))) {
    return { status: 400, body: failure("the header TTL is missing") };
  }
  const shown = shownIn(asked);
  if (shown === undefined) {
    const challenge = { "www-authenticate": "vapid" };
    return {
      status: 401,
      headers: challenge,
      body: failure("the header Authorization is missing"),
    };
  }
  if (shown.key !== key) {
    return { status: 403, body: failure("the key is not the one of the subscription") };
  }
  const refusal = await tokenRefusal(shown.token, key, origin);
  return refusal === undefined ? undefined : { status: 403, body: failure(refusal) };
}

async function tokenRefusal(token: string, key: string, origin: string) {
  const coordinates = point(key) as { x: string; y: string };
  const now = Math.floor(Date.now() / 1000);
  try {
    const { payload } = await jwtVerify(
      token,
      await importJWK({ kty: "EC", crv: "P-256", ...coordinates }, "ES256"),
      { algorithms: ["ES256"], audience: origin, requiredClaims: ["exp"] },
    );
    return (payload.exp ?? 0) > now + LONGEST_SECONDS
      ? "the token is valid for more than a day"
      : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return `the token was refused: ${error.code}`;
    throw error;
  }
}

function point(key: string): { x: string; y: string } | undefined {
  const bytes = Buffer.from(key, "base64url");
  if (bytes.length !== KEY_BYTES || bytes[0] !== 4) return undefined;
  const part = (from: number) => bytes.subarray(from, from + 32).toString("base64url");
  return { x: part(1), y: part(33) };
}

function failure(message: string) {
  return { error: message };
}

function id(): string {
  return randomBytes(18).toString("base64url");
}
