/** Webhooks that proxpanel receives: each is accepted when any live secret of its sender signed it, and each event is kept once. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Database } from "../database";
import { HttpError, type Answer, type Call, type Handlers } from "../http";
import { accepted, type Env } from "../settings";

/** How one sender proves that it is the sender. */
interface Sender {
  readonly name: string;
  /** Name of the header that carries the proof, in lower case. */
  readonly header: string;
  /** What the header must hold under `secret`. */
  readonly proof: (secret: string, body: Buffer) => string;
  /** Every live secret. */
  readonly secrets: readonly string[];
}

/**
 * Paystack: HMAC-SHA512 of the body under the API's secret key, in hex (`x-paystack-signature`). Flutterwave: the secret hash itself
 * (`verif-hash`). Alerting: HMAC-SHA256 of the body (`x-alert-signature: sha256=…`). Each from `PAYSTACK_SECRET`,
 * `FLUTTERWAVE_WEBHOOK_HASH` or `ALERTING_WEBHOOK_SECRET`, and their `_PREVIOUS` and `_ACCEPTED_<slot>` where these are set.
 */
export function webhooks(env: Env, database: Database): Handlers {
  const senders: Sender[] = [
    {
      name: "paystack",
      header: "x-paystack-signature",
      proof: (secret, body) => createHmac("sha512", secret).update(body).digest("hex"),
      secrets: accepted(env, "PAYSTACK_SECRET"),
    },
    {
      name: "flutterwave",
      header: "verif-hash",
      proof: (secret) => secret,
      secrets: accepted(env, "FLUTTERWAVE_WEBHOOK_HASH"),
    },
    {
      name: "alerting",
      header: "x-alert-signature",
      proof: (secret, body) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      secrets: accepted(env, "ALERTING_WEBHOOK_SECRET"),
    },
  ];
  return Object.fromEntries(
    senders.map((sender) => [
      `POST /api/webhooks/${sender.name}`,
      (call: Call) => receive(sender, database, call),
    ]),
  );
}

/** 200 `{stored}` (false for an event that was there already), 401 for a wrong signature, 422 for a body that is no event. */
async function receive(sender: Sender, database: Database, call: Call): Promise<Answer> {
  const body = await call.raw();
  const given = call.headers[sender.header];
  if (typeof given !== "string" || !isProven(sender, body, given)) {
    throw new HttpError(401, `${sender.header} is not a signature of ${sender.name}`);
  }
  const { id, type } = eventOf(await call.body());
  const stored = await database.rows(
    `INSERT INTO webhook_events (provider, event_id, type) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [sender.name, id, type],
  );
  return { body: { stored: stored.length === 1 } };
}

// Digests are compared, for they are of one length whatever was sent.
function isProven({ proof, secrets }: Sender, body: Buffer, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const found = secrets.map((secret) =>
    timingSafeEqual(digest(proof(secret, body)), digest(given)),
  );
  return found.includes(true);
}

function eventOf({ event, data }: Record<string, unknown>): { id: string; type: string } {
  const id = (data as { id?: unknown } | null | undefined)?.id;
  if (typeof event !== "string" || !/^[\w.-]{1,100}$/.test(event)) {
    throw new HttpError(422, "event must name the event's type");
  }
  if (!/^[\w-]{1,100}$/.test(typeof id === "number" || typeof id === "string" ? String(id) : "")) {
    throw new HttpError(422, "data.id must be the event's number");
  }
  // Providers number what an event is about: one payment has several events.
  return { id: `${event}:${String(id)}`, type: event };
}
