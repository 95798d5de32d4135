/** Simulator of the OpenAI API: keys, a list of models, and completions that echo. Nothing thinks here. */
import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys } from "./keys";
import { bearer, serveSimulator, type Answered, type Asked, type Simulator } from "./simulator";

/** A running simulator of the OpenAI API. */
export interface OpenAiSimulator extends Simulator {
  /** A new key (`sk-proj-…`), as the platform shows it once. Other keys stay live. */
  issue(): SecretText;
  /** Refuses the key from now on. Throws for a key that is not live. */
  revoke(key: SecretText): void;
}

const MODELS = ["gpt-4o", "gpt-4o-mini"];

/** Starts the simulator: `GET /v1/models` and `POST /v1/chat/completions` with a bearer key, 401 in OpenAI's form for a bad one. */
export async function startOpenAiSimulator(): Promise<OpenAiSimulator> {
  const keys = new IssuedKeys();
  const guarded = (route: (asked: Asked) => Answered) => (asked: Asked) =>
    keys.stateOf(bearer(asked)) === "live" ? route(asked) : refusal(asked);
  const simulator = await serveSimulator(
    {
      "GET /v1/models": guarded(() => ({
        status: 200,
        body: {
          object: "list",
          data: MODELS.map((id) => ({ id, object: "model", owned_by: "system" })),
        },
      })),
      "POST /v1/chat/completions": guarded(completion),
    },
    failure("Invalid URL", null),
  );
  return {
    ...simulator,
    issue: () => {
      const key = new SecretText(`sk-proj-${randomBytes(48).toString("base64url")}`);
      keys.add(key.reveal());
      return key;
    },
    revoke: (key) => keys.revoke(key.reveal()),
  };
}

/** Answers a request for a completion in OpenAI's form, which OpenRouter shares. */
export function completion({ body }: Asked): Answered {
  const asked = parse(body);
  const messages = asked?.["messages"];
  const model = asked?.["model"];
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  const content = (last as { content?: unknown } | null | undefined)?.content;
  if (typeof model !== "string" || !MODELS.includes(model)) {
    return { status: 404, body: failure("The model does not exist", "model_not_found") };
  }
  if (typeof content !== "string") {
    return { status: 400, body: failure("'messages' must hold a message with content", null) };
  }
  const message = { role: "assistant", content: `You said: ${content}` };
  return {
    status: 200,
    body: {
      id: `chatcmpl-${randomBytes(12).toString("hex")}`,
      object: "chat.completion",
      model,
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    },
  };
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return typeof parsed === "object" && parsed !== null
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// As OpenAI answers, but for the key, of which it quotes both ends.
function refusal({ headers }: Asked): Answered {
  return headers.authorization === undefined
    ? { status: 401, body: failure("You didn't provide an API key.", null) }
    : { status: 401, body: failure("Incorrect API key provided.", "invalid_api_key") };
}

/** An error in that form. */
export function failure(message: string, code: string | null) {
  return { error: { message, type: "invalid_request_error", param: null, code } };
}
