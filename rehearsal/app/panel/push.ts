/** Push subscriptions of proxpanel: each is served with the key pair that it was made with, for as long as that pair is live. */
import type { Database } from "../database";
import { HttpError } from "../http";
import { log } from "../log";
import { vapidAuthorization, type VapidPair } from "./vapid";

/** What came of a message to all subscribers. */
export interface PushReport {
  /** Taken by the push service. */
  readonly sent: number;
  /** Refused by it, or not answered. */
  readonly failed: number;
  /** Not even tried: made with a pair that is retired. Those users must subscribe again. */
  readonly mustResubscribe: number;
}

interface Subscription {
  readonly id: number;
  readonly endpoint: string;
  readonly vapid_public_key: string;
}

const TTL_SECONDS = "60";
const TIMEOUT_MS = 5000;
// Gone for good, says RFC 8030: the subscription is of no more use.
const GONE = [404, 410];
const COLUMNS = "id::float8 AS id, endpoint, vapid_public_key";

/** The subscriptions and the messages to them; without a pair every operation answers 404. */
export class Push {
  constructor(
    private readonly database: Database,
    private readonly pairs: readonly VapidPair[],
    private readonly contact: string,
  ) {}

  /** What a browser needs in order to subscribe: the active pair's public key. */
  publicKey(): string {
    const [active] = this.pairs;
    if (active === undefined) throw new HttpError(404, "Push is not set up", "push_off");
    return active.publicKey;
  }

  /**
   * Keeps a subscription with the key that it was made with (the active one unless `key` is given: a page may have been loaded before a
   * rotation). 409 `push_key_retired` for a key that is not live; the page then subscribes again with the active one.
   */
  async subscribe(endpoint: string, key: string = this.publicKey()): Promise<{ id: number }> {
    if (this.pairs.every(({ publicKey }) => publicKey !== key)) {
      throw new HttpError(409, "Subscribe again with the current key", "push_key_retired");
    }
    const [made] = await this.database.rows<{ id: number }>(
      `INSERT INTO push_subscriptions (endpoint, vapid_public_key) VALUES ($1, $2)
       ON CONFLICT (endpoint) DO UPDATE SET vapid_public_key = excluded.vapid_public_key
       RETURNING id::float8 AS id`,
      [pushAddress(endpoint), key],
    );
    return made as { id: number };
  }

  /** Sends an empty message to every subscriber, and forgets those that the push service no longer knows. */
  async send(): Promise<PushReport> {
    this.publicKey();
    const all = await this.database.rows<Subscription>(
      `SELECT ${COLUMNS} FROM push_subscriptions ORDER BY id`,
    );
    const report = { sent: 0, failed: 0, mustResubscribe: 0 };
    for (const one of all) {
      const pair = this.pairOf(one);
      if (pair === undefined) report.mustResubscribe++;
      else if ((await this.deliver(one, pair)) === "sent") report.sent++;
      else report.failed++;
    }
    return report;
  }

  /**
   * Sends an empty message to one subscriber, which a page asks for to see that its subscription still works. 404 for one that is not kept;
   * 410 `push_key_retired` where its pair is retired and `push_gone` where the push service no longer knows it: in both cases the page
   * subscribes again. 502 `push_failed` where the push service refuses the message or does not answer.
   */
  async message(endpoint: string): Promise<{ sent: true }> {
    const [one] = await this.database.rows<Subscription>(
      `SELECT ${COLUMNS} FROM push_subscriptions WHERE endpoint = $1`,
      [endpoint],
    );
    if (one === undefined) throw new HttpError(404, "No such subscription");
    const pair = this.pairOf(one);
    if (pair === undefined) {
      throw new HttpError(410, "Subscribe again with the current key", "push_key_retired");
    }
    const came = await this.deliver(one, pair);
    if (came === "gone") throw new HttpError(410, "The subscription has ended", "push_gone");
    if (came === "failed") throw new HttpError(502, "The message was not taken", "push_failed");
    return { sent: true };
  }

  /** The live pair that a subscription was made with. */
  private pairOf({ vapid_public_key: key }: Subscription): VapidPair | undefined {
    return this.pairs.find(({ publicKey }) => publicKey === key);
  }

  private async deliver(
    { id, endpoint }: Subscription,
    pair: VapidPair,
  ): Promise<"sent" | "gone" | "failed"> {
    const authorization = await vapidAuthorization(pair, endpoint, this.contact);
    try {
      const { ok, status } = await fetch(endpoint, {
        method: "POST",
        headers: { authorization, ttl: TTL_SECONDS },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!ok) log("WARNING", "push refused", { subscription: id, status });
      if (!GONE.includes(status)) return ok ? "sent" : "failed";
      await this.database.rows("DELETE FROM push_subscriptions WHERE id = $1", [id]);
      return "gone";
    } catch (error) {
      if (!(error instanceof TypeError || (error as Error).name === "TimeoutError")) throw error;
      log("WARNING", "push service not reached", { subscription: id });
      return "failed";
    }
  }
}

// The application calls whatever a subscription names, so it must not be led to other services of the machine's network.
function pushAddress(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const loopback = url?.protocol === "http:" && url.hostname === "127.0.0.1";
  if (url === undefined || !(url.protocol === "https:" || loopback)) {
    throw new HttpError(422, "endpoint must be an https address");
  }
  return endpoint;
}
