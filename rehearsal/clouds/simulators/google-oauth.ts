/** Simulator of Google's OAuth token endpoint for one client, which may have two secrets at a time, as in Google's console. */
import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys } from "./keys";
import { serveSimulator, type Answered, type Asked, type Simulator } from "./simulator";

/** A running simulator of the token endpoint. */
export interface GoogleOauthSimulator extends Simulator {
  /** The client's id; it stays while its secrets change. */
  readonly clientId: string;
  /** A further secret of the client. Other secrets stay live. */
  issue(): SecretText;
  /** Refuses the secret from now on. Throws for one that is not live. */
  revoke(secret: SecretText): void;
  /** A code, as a user who agrees comes back with; good for one exchange. */
  code(): string;
}

/** Starts the simulator: `POST /token` looks at the client first (`invalid_client`, 401), then at the grant (`invalid_grant`, 400). */
export async function startGoogleOauthSimulator(): Promise<GoogleOauthSimulator> {
  const clientId = `${randomBytes(6).readUIntBE(0, 6)}-example.apps.example.com`;
  const secrets = new IssuedKeys();
  const codes = new Set<string>();
  const simulator = await serveSimulator(
    {
      "POST /token": ({ body }: Asked): Answered => {
        const form = new URLSearchParams(body.toString("utf8"));
        const known = secrets.stateOf(form.get("client_secret") ?? undefined) === "live";
        if (form.get("client_id") !== clientId || !known)
          return { status: 401, body: { error: "invalid_client" } };
        if (
          form.get("grant_type") !== "authorization_code" ||
          !codes.delete(form.get("code") ?? "")
        )
          return { status: 400, body: { error: "invalid_grant" } };
        return { status: 200, body: tokens() };
      },
    },
    { error: "not_found" },
  );
  return {
    ...simulator,
    clientId,
    issue: () => {
      const secret = new SecretText(`GOCSPX-${randomBytes(21).toString("base64url")}`);
      secrets.add(secret.reveal());
      return secret;
    },
    revoke: (secret) => secrets.revoke(secret.reveal()),
    code: () => {
      const code = randomBytes(18).toString("base64url");
      codes.add(code);
      return code;
    },
  };
}

function tokens() {
  const token = () => randomBytes(24).toString("base64url");
  return { access_token: token(), refresh_token: token(), expires_in: 3599, token_type: "Bearer" };
}
