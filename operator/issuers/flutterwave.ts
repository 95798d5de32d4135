import { KnownIssuer } from "./issuer";

/** Flutterwave's webhook hash: a text that a person types into the dashboard. No API takes it, so there is no way to ask. */
export const flutterwave: KnownIssuer = {
  id: "flutterwave",
  title: "Flutterwave",
  page: "https://app.flutterwave.com/dashboard/settings/webhooks",
};
