import type { SecretText } from "../../../components/secret-text";
import { tryBearer } from "../probes";
import { databaseTrial } from "../self-hosted/trials";
import type { Held, Trial } from "../system";
import type { MgmtVibeClouds } from "./clouds";
import { cookieStatus, tryCookie } from "./load";
import { DATABASE, tryKey } from "./rows";

/** How each secret of mgmt-vibe is tried. */
export const TRIALS: Readonly<Record<string, Trial<MgmtVibeClouds>>> = {
  SESSION_SECRET: {
    what: "a session's cookie at /api/me",
    attempt: ({ clouds }, it) => tryCookie(`${clouds.machine.url}/api/me`, cookieIn(it)),
    status: ({ clouds }, it) => cookieStatus(`${clouds.machine.url}/api/me`, cookieIn(it)),
  },
  DATABASE_PASSWORD: databaseTrial(DATABASE),
  OPENAI_API_KEY: {
    what: "a request to the issuer's API",
    attempt: ({ clouds }, { value }) => tryBearer(`${clouds.openai.url}/v1/models`, value),
  },
  STRIPE_KEYS: {
    what: "a request to the issuer's API with the secret key",
    attempt: ({ clouds }, { value }) => tryBearer(`${clouds.stripe.url}/v1/balance`, value),
  },
  ENCRYPTION_KEY: {
    what: "a row encrypted with the key, read by the application",
    attempt: ({ clouds }, it) => tryKey(clouds.machine, it),
  },
};

function cookieIn({ signed }: Held): SecretText {
  if (!signed) throw new Error("no cookie is held");
  return signed;
}
