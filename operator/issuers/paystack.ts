import { answerOf, askAsBearer } from "./ask";
import { KnownIssuer, partOf } from "./issuer";

/** Paystack: `GET /balance`, which every secret key may read. The same key signs the webhooks. */
export const paystack: KnownIssuer = {
  id: "paystack",
  title: "Paystack",
  page: "https://dashboard.paystack.com/#/settings/developers",
  defaultUrl: "https://api.paystack.co",
  probe: async (parts, { url }) =>
    answerOf(await askAsBearer(`${url}/balance`, partOf(parts, "secret"))),
};
