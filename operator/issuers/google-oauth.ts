import { CouldNotAsk, answerOf, ask } from "./ask";
import { KnownIssuer, identityOf, partOf } from "./issuer";

/** A refresh token that Google never issued. */
const NO_TOKEN = "none: rekey asks about the client only";

/**
 * The secret of a Google OAuth client (`clientId`): its token endpoint looks at the client first (RFC 6749, section 6). So a refresh token that does not exist gets
 * `invalid_grant` if the client is right and `invalid_client` if it is not.
 */
export const googleOauth: KnownIssuer = {
  id: "google-oauth",
  title: "Google",
  page: "https://console.cloud.google.com/apis/credentials",
  defaultUrl: "https://oauth2.googleapis.com",
  identity: "clientId",
  async probe(parts, asking) {
    const reply = await ask(`${asking.url}/token`, {
      form: {
        grant_type: "refresh_token",
        refresh_token: NO_TOKEN,
        client_id: identityOf("clientId", parts, asking),
        client_secret: partOf(parts, "secret").reveal(),
      },
    });
    const error = reply.body["error"];
    if (error === "invalid_grant") return "accepted";
    if (error === "invalid_client") return "refused";
    if (reply.status < 300)
      throw new CouldNotAsk("it issued a token for a grant that does not exist");
    return answerOf(reply);
  },
};
