import { answerOf, askAsBearer } from "./ask";
import { KnownIssuer, partOf } from "./issuer";

/**
 * OpenAI: `GET /v1/models`, which costs nothing. A restricted key that may not list models is refused with the scopes that it misses: that too says
 * that the key is known.
 */
export const openai: KnownIssuer = {
  id: "openai",
  title: "OpenAI",
  page: "https://platform.openai.com/api-keys",
  defaultUrl: "https://api.openai.com",
  async probe(parts, { url }) {
    const reply = await askAsBearer(`${url}/v1/models`, partOf(parts, "secret"));
    const { message } = (reply.body["error"] ?? {}) as { message?: unknown };
    const known = typeof message === "string" && /\bmissing scopes\b/i.test(message);
    return known && reply.status < 500 ? "accepted" : answerOf(reply);
  },
};
