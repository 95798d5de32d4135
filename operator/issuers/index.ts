import type { Issuer, SecretDeclaration } from "../../components/inventory";
import { bearer } from "./bearer";
import { flutterwave } from "./flutterwave";
import { googleOauth } from "./google-oauth";
import type { KnownIssuer } from "./issuer";
import { openai } from "./openai";
import { openrouter } from "./openrouter";
import { paystack } from "./paystack";
import { proxmox } from "./proxmox";
import { strapi } from "./strapi";
import { stripe } from "./stripe";

/** Every issuer that a secret can declare. */
export const KNOWN_ISSUERS: Readonly<Record<Issuer, KnownIssuer>> = {
  proxmox,
  stripe,
  openai,
  openrouter,
  paystack,
  flutterwave,
  "google-oauth": googleOauth,
  strapi,
  bearer,
};

/** Who issues the secret, as declared. */
export function issuerOf({ issuer }: SecretDeclaration): KnownIssuer | undefined {
  return issuer === undefined ? undefined : KNOWN_ISSUERS[issuer];
}

/** Where a person has a new value made and revokes the old one: the declaration's own page, or the issuer's. */
export function issuerPageOf(secret: SecretDeclaration): string | undefined {
  return secret.issuerPage ?? issuerOf(secret)?.page;
}
