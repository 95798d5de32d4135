/**
 * Simulators of those who send webhooks: Paystack, Flutterwave and an alerting service. Each signs what it sends with the secret that its
 * dashboard holds at that moment, and sends an event again when it is asked to, as providers do after a failed delivery.
 */
import { createHmac, randomBytes, randomInt } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys } from "./keys";
import { bearer, serveSimulator, type Routes, type Simulator } from "./simulator";

/** An event as it was sent. */
export interface Delivery {
  /** The event's body, for {@link WebhookSender.send} again. */
  readonly event: string;
  /** What the receiver answered; 0 when it could not be reached. */
  readonly status: number;
}

/** How many events were sent, and what receivers answered. */
export interface Deliveries {
  readonly sent: number;
  /** Not answered with 2xx. */
  readonly failed: number;
  readonly byStatus: Readonly<Record<number, number>>;
}

/** A running simulator that sends webhooks. */
export interface WebhookSender extends Simulator {
  /** A new secret, as its dashboard gives or suggests one. It signs nothing until {@link setSecret} is called with it. */
  issue(): SecretText;
  /** Refuses an issued secret at the sender's own API from now on. Throws for one that is not live. */
  revoke(secret: SecretText): void;
  /** The dashboard: every event from now on is signed with this. */
  setSecret(secret: SecretText): void;
  /** Sends an event to `to`, a new one unless `event` is an earlier {@link Delivery.event}. Throws before a secret is set. */
  send(to: string, event?: string): Promise<Delivery>;
  /** What came of the events so far. */
  deliveries(): Deliveries;
}

interface Provider {
  readonly name: string;
  readonly type: string;
  readonly issue: () => string;
  readonly headers: (secret: string, body: string) => Record<string, string>;
  readonly routes: (keys: IssuedKeys) => Routes;
}

const TIMEOUT_MS = 10_000;
const hmac = (algorithm: string, secret: string, body: string) =>
  createHmac(algorithm, secret).update(body).digest("hex");

/** Starts Paystack's simulator: events signed by HMAC-SHA512 under the secret key, which also opens its API (`GET /balance`). */
export function startPaystackSimulator(): Promise<WebhookSender> {
  return start({
    name: "paystack",
    type: "charge.success",
    issue: () => `sk_test_${randomBytes(20).toString("hex")}`,
    headers: (secret, body) => ({ "x-paystack-signature": hmac("sha512", secret, body) }),
    routes: (keys) => ({
      "GET /balance": (asked) =>
        keys.stateOf(bearer(asked)) === "live"
          ? { status: 200, body: { status: true, message: "Balances retrieved", data: [] } }
          : { status: 401, body: { status: false, message: "Invalid key" } },
    }),
  });
}

/** Starts Flutterwave's simulator: events carry the secret hash itself. */
export function startFlutterwaveSimulator(): Promise<WebhookSender> {
  return start({
    name: "flutterwave",
    type: "charge.completed",
    issue: () => randomBytes(32).toString("hex"),
    headers: (secret) => ({ "verif-hash": secret }),
    routes: () => ({}),
  });
}

/** Starts the simulator of an alerting service: events signed by HMAC-SHA256. */
export function startAlertingSimulator(): Promise<WebhookSender> {
  return start({
    name: "alerting",
    type: "alert.firing",
    issue: () => randomBytes(32).toString("hex"),
    headers: (secret, body) => ({
      "x-alert-signature": `sha256=${hmac("sha256", secret, body)}`,
    }),
    routes: () => ({}),
  });
}

async function start(provider: Provider): Promise<WebhookSender> {
  const keys = new IssuedKeys();
  const byStatus: Record<number, number> = {};
  let current: SecretText | undefined;
  const simulator = await serveSimulator(provider.routes(keys), { message: "not found" });
  return {
    ...simulator,
    issue: () => {
      const secret = provider.issue();
      keys.add(secret);
      return new SecretText(secret);
    },
    revoke: (secret) => keys.revoke(secret.reveal()),
    setSecret: (secret) => {
      current = secret;
    },
    send: async (to, event = newEvent(provider.type)) => {
      if (current === undefined) {
        throw new Error(`${provider.name} has no secret yet: give it one with setSecret()`);
      }
      const headers = provider.headers(current.reveal(), event);
      const status = await deliver(to, event, headers);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      return { event, status };
    },
    deliveries: () => {
      const counts = Object.entries(byStatus).map(
        ([status, count]) => [Number(status), count] as const,
      );
      const total = (some: typeof counts) => some.reduce((sum, [, count]) => sum + count, 0);
      const failed = counts.filter(([status]) => status < 200 || status > 299);
      return { sent: total(counts), failed: total(failed), byStatus: { ...byStatus } };
    },
  };
}

async function deliver(to: string, event: string, headers: Record<string, string>) {
  try {
    const response = await fetch(to, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: event,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    // Not reached or not in time: what a provider counts as a failed delivery, and sends again.
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return 0;
    throw error;
  }
}

function newEvent(type: string): string {
  const id = randomInt(1, 2 ** 47);
  return JSON.stringify({
    event: type,
    data: { id, amount: 1000, currency: "NGN", status: "success" },
  });
}
