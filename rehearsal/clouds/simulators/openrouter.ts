/** Simulator of the OpenRouter API: keys, what a key may do, and completions in OpenAI's form that echo. */
import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys } from "./keys";
import { completion, failure } from "./openai";
import { bearer, serveSimulator, type Answered, type Asked, type Simulator } from "./simulator";

/** A running simulator of the OpenRouter API. */
export interface OpenRouterSimulator extends Simulator {
  /** A new key (`sk-or-v1-…`), as the page of keys shows it once. Other keys stay live. */
  issue(): SecretText;
  /** Refuses the key from now on. Throws for a key that is not live. */
  revoke(key: SecretText): void;
}

/** Starts the simulator: `GET /api/v1/key` and `POST /api/v1/chat/completions` with a bearer key, 401 for a bad one. */
export async function startOpenRouterSimulator(): Promise<OpenRouterSimulator> {
  const keys = new IssuedKeys();
  const guarded = (route: (asked: Asked) => Answered) => (asked: Asked) =>
    keys.stateOf(bearer(asked)) === "live"
      ? route(asked)
      : { status: 401, body: { error: { message: "User not found.", code: 401 } } };
  const simulator = await serveSimulator(
    {
      "GET /api/v1/key": guarded(() => ({
        status: 200,
        body: { data: { label: "example", limit: null, usage: 0, is_free_tier: false } },
      })),
      "POST /api/v1/chat/completions": guarded(completion),
    },
    failure("Not Found", null),
  );
  return {
    ...simulator,
    issue: () => {
      const key = new SecretText(`sk-or-v1-${randomBytes(32).toString("hex")}`);
      keys.add(key.reveal());
      return key;
    },
    revoke: (key) => keys.revoke(key.reveal()),
  };
}
