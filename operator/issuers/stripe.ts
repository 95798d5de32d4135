import { answerOf, askAsBearer } from "./ask";
import { IssuedParts, KnownIssuer, partOf } from "./issuer";

const SECRET = /^(?:sk|rk)_(test|live)_\w+$/;
const PUBLISHABLE = /^pk_(test|live)_\w+$/;

/**
 * Stripe: `GET /v1/balance` with the secret key. A restricted key (`rk_…`) that may not read the balance is answered 403, which says that the key
 * is known. The publishable key opens no call that changes nothing, so its form must do: it must be one, and of the secret key's mode.
 */
export const stripe: KnownIssuer = {
  id: "stripe",
  title: "Stripe",
  page: "https://dashboard.stripe.com/apikeys",
  defaultUrl: "https://api.stripe.com",
  misfit,
  async probe(parts, { url }) {
    const key = partOf(parts, "secret");
    const reply = await askAsBearer(`${url}/v1/balance`, key);
    if (reply.status === 403 && key.reveal().startsWith("rk_")) return "accepted";
    return answerOf(reply);
  },
};

function misfit({ publishable, ...parts }: IssuedParts): string | undefined {
  const mode = SECRET.exec(partOf(parts, "secret").reveal())?.[1];
  if (mode === undefined)
    return "secret key is none: that begins with sk_live_, rk_live_ or the same with test";
  if (publishable === undefined) return undefined;
  const other = PUBLISHABLE.exec(publishable.reveal())?.[1];
  if (other === undefined) return "publishable key is none: that begins with pk_live_ or pk_test_";
  return other === mode
    ? undefined
    : `publishable key is of ${other} mode and its secret key of ${mode} mode`;
}
