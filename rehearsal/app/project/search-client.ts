/** How the backend asks search: with each live key until one is taken, since search itself knows one at a time. */
import { log } from "../log";
import { accepted, address, type Env } from "../settings";

/** What a search gave; `degraded` where search did not answer and the page shows itself without hits. */
export interface Found {
  readonly hits: readonly unknown[];
  readonly degraded: boolean;
}

// Below the ten seconds that clients of the backend wait; a busy machine is no missing search.
const TIMEOUT_MS = 8000;

/** Search as the backend sees it. */
export class SearchClient {
  private readonly url: string;
  private readonly keys: readonly string[];

  /** `MEILI_URL`, and `MEILI_API_KEY` with its other live values. */
  constructor(env: Env) {
    this.url = address(env, "MEILI_URL");
    this.keys = accepted(env, "MEILI_API_KEY");
  }

  /** The documents with this word. */
  async find(q: string): Promise<Found> {
    const answer = await this.ask("/indexes/documents/search", { q });
    const hits = (answer as { hits?: unknown[] } | undefined)?.hits;
    return hits ? { hits, degraded: false } : { hits: [], degraded: true };
  }

  private async ask(path: string, body: unknown): Promise<unknown> {
    for (const key of this.keys) {
      try {
        const response = await fetch(this.url + path, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (response.ok) return await response.json();
        await response.body?.cancel();
        if (response.status !== 403) break;
      } catch (error) {
        log("WARNING", "search does not answer", { error: (error as Error).name });
        break;
      }
    }
    return undefined;
  }
}
