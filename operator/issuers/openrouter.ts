import { answerOf, askAsBearer } from "./ask";
import { KnownIssuer, partOf } from "./issuer";

/** OpenRouter: `GET /api/v1/key` tells about the key that asks. The list of models is open to everybody and would prove nothing. */
export const openrouter: KnownIssuer = {
  id: "openrouter",
  title: "OpenRouter",
  page: "https://openrouter.ai/settings/keys",
  defaultUrl: "https://openrouter.ai",
  probe: async (parts, { url }) =>
    answerOf(await askAsBearer(`${url}/api/v1/key`, partOf(parts, "secret"))),
};
