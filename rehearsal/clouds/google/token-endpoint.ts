/** The OAuth token end point that key files of the fake name: a JWT signed with the key against an access token (RFC 7523). */
import { z } from "zod";

import type { CloudContext } from "./context";
import { ApiError } from "./errors";
import type { Route } from "./router";
import { TOKEN_LIFETIME } from "./tokens";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const tokenBody = z.strictObject({
  grant_type: z.literal(GRANT),
  assertion: z.string(),
});

/** Google's own token address; some clients put it into their assertions whatever the key file says. */
const GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token";

/** Route of the token end point. A refused assertion is answered with 400 `invalid_grant`, as in the real service. */
export function tokenRoutes(ctx: CloudContext): Route[] {
  return [
    {
      service: "oauth2",
      method: "POST",
      path: "/token",
      body: tokenBody,
      anonymous: true,
      handler: async ({ body }) => {
        const { assertion } = body as z.output<typeof tokenBody>;
        const { account, keyName } = await verified(ctx, assertion);
        return {
          access_token: ctx.tokens.issue(account.email, keyName),
          expires_in: TOKEN_LIFETIME,
          token_type: "Bearer",
        };
      },
    },
  ];
}

async function verified(ctx: CloudContext, assertion: string) {
  try {
    return await ctx.tokens.verifyAssertion(assertion, [`${ctx.url}/token`, GOOGLE_AUDIENCE]);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new OAuthError("invalid_grant", "Invalid JWT Signature.");
  }
}

/** The flat error form of OAuth. */
class OAuthError extends ApiError {
  constructor(
    private readonly code: string,
    description: string,
  ) {
    super(400, "INVALID_ARGUMENT", description);
  }

  override body(): never {
    return { error: this.code, error_description: this.message } as never;
  }
}
