import { askChosen } from "./bearer";
import { KnownIssuer, partOf } from "./issuer";

/**
 * Strapi: `GET` of a collection that the key is for, `/api/articles` unless the setting `path` names another. 401 is an unknown token, 403 one
 * that may not read it: of no use to its consumer either.
 */
export const strapi: KnownIssuer = {
  id: "strapi",
  title: "Strapi",
  page: "Settings, API Tokens in the Strapi administration",
  probe: (parts, { url, settings }) =>
    askChosen(`${url}${settings["path"] ?? "/api/articles"}`, partOf(parts, "secret")),
};
