/** Simulator of Stripe: pairs of a publishable and a secret key, payment intents, and refusals in Stripe's own form. No money moves. */
import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys, type KeyState } from "./keys";
import { bearer, serveSimulator, type Answered, type Asked, type Simulator } from "./simulator";

/** The two keys of one roll of the account's keys. */
export interface StripeKeys {
  /** For browsers: `pk_test_…`. */
  readonly publishable: string;
  /** For servers: `sk_test_…`. */
  readonly secret: SecretText;
}

/** A running simulator of Stripe. */
export interface StripeSimulator extends Simulator {
  /** A new pair, as the dashboard shows it once. Other pairs stay live. */
  issue(): StripeKeys;
  /** Expires both keys of a pair. Throws for a pair that is not live. */
  revoke(keys: StripeKeys): void;
}

const NOT_FOUND = failure("Unrecognized request URL", undefined);

/**
 * Starts the simulator. `POST /v1/payment_intents`, `GET /v1/balance` take a secret key, `POST /v1/tokens` (what a browser calls) either
 * key, as a bearer token or as the user of basic authentication.
 */
export async function startStripeSimulator(): Promise<StripeSimulator> {
  const publishable = new IssuedKeys();
  const secret = new IssuedKeys();
  const guarded = (both: boolean, route: (asked: Asked) => Answered) => (asked: Asked) => {
    const key = keyOf(asked);
    const states = [secret.stateOf(key), publishable.stateOf(key)] as const;
    return refusalOf(key, both, ...states) ?? route(asked);
  };
  const simulator = await serveSimulator(
    {
      "POST /v1/payment_intents": guarded(false, paymentIntent),
      "GET /v1/balance": guarded(false, () => ({
        status: 200,
        body: { object: "balance", livemode: false, available: [{ amount: 0, currency: "usd" }] },
      })),
      "POST /v1/tokens": guarded(true, () => ({
        status: 200,
        body: { id: id("tok"), object: "token", livemode: false },
      })),
    },
    NOT_FOUND,
  );
  return {
    ...simulator,
    issue: () => {
      const keys = { publishable: id("pk_test"), secret: new SecretText(id("sk_test")) };
      publishable.add(keys.publishable);
      secret.add(keys.secret.reveal());
      return keys;
    },
    revoke: (keys) => {
      secret.revoke(keys.secret.reveal());
      publishable.revoke(keys.publishable);
    },
  };
}

function paymentIntent({ body }: Asked): Answered {
  const form = new URLSearchParams(body.toString("utf8"));
  const [amount, currency] = [form.get("amount"), form.get("currency")];
  if (!/^[1-9]\d*$/.test(amount ?? "") || !/^[a-z]{3}$/i.test(currency ?? "")) {
    const missing = amount === null || currency === null;
    const code = missing ? "parameter_missing" : "parameter_invalid_integer";
    return { status: 400, body: failure("amount and currency are required", code) };
  }
  const intent = id("pi");
  return {
    status: 200,
    body: {
      id: intent,
      object: "payment_intent",
      amount: Number(amount),
      currency: currency?.toLowerCase(),
      status: "requires_payment_method",
      client_secret: `${intent}_${id("secret")}`,
      livemode: false,
    },
  };
}

function keyOf(asked: Asked): string | undefined {
  const basic = /^Basic (\S+)$/i.exec(asked.headers.authorization ?? "")?.[1];
  if (basic === undefined) return bearer(asked);
  return Buffer.from(basic, "base64").toString("utf8").split(":")[0];
}

// As Stripe answers, but for the key, of which Stripe quotes the end.
function refusalOf(
  key: string | undefined,
  both: boolean,
  secret: KeyState,
  publishable: KeyState,
): Answered | undefined {
  if (key === undefined || key === "") return refusal("You did not provide an API key.");
  if (secret === "live" || (both && publishable === "live")) return undefined;
  if (secret === "revoked" || (both && publishable === "revoked")) {
    return refusal("Expired API Key provided", "api_key_expired");
  }
  return publishable === "live" && !both
    ? refusal("This API call cannot be made with a publishable API key.", "secret_key_required")
    : refusal("Invalid API Key provided");
}

function refusal(message: string, code?: string): Answered {
  return {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="Stripe"' },
    body: failure(message, code),
  };
}

function failure(message: string, code: string | undefined) {
  return { error: { code, message, type: "invalid_request_error" } };
}

function id(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString("hex")}`;
}
