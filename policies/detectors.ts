import { isHarmlessValue } from "./credential-names";
import { isPlaceholder } from "./randomness";
import { remember } from "./remember";
import { holdsProviderToken } from "./token-forms";
import { LONGEST, parseJson, viewsOf } from "./views";

/** What a text gives itself away as. A name for messages; never a part of the text. */
export type Detection =
  | "a private key (PEM)"
  | "a service account's key file"
  | "a signed token (JWT)"
  | "an address with a password in it"
  | "a provider's token";

// Repetitions are bounded where a text could make the search start over at every character.
const PEM = /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d/;
const JWT = /(?<![\w-])(eyJ[\w-]{6,})\.eyJ[\w-]{4,}\.[\w-]{16,}/g;
const ADDRESS = /\b[a-z][a-z0-9+.-]{0,24}:\/\/[^\s/?#:@'"]{0,256}:([^\s@'"]{1,1024})@[^\s/]/gi;
const KEYWORD = /(?:^|[\s;?&])(?:password|passwd|pwd)\s*=\s*([^\s;&'"]+)/gi;

/** Recognises a credential by its form, in the open or wrapped in base64 or JSON. Undefined says nothing: passwords have no form. */
export function detect(text: string): Detection | undefined {
  return text.length < SHORTEST || text.length > LONGEST ? undefined : detectAnywhere(text);
}

/** `a://:b@c` is the shortest text that anything below finds. */
const SHORTEST = 8;

/** The rules ask for the same texts again and again. */
const detectAnywhere = remember((text): Detection | undefined => {
  const views = viewsOf(text);
  if (views.some((view) => isKeyFile(parseJson(view)))) return "a service account's key file";
  for (const view of views) {
    const found = detectOpenly(view);
    if (found) return found;
  }
  return undefined;
});

function detectOpenly(text: string): Detection | undefined {
  if (PEM.test(text)) return "a private key (PEM)";
  if (text.includes("eyJ") && [...text.matchAll(JWT)].some(([, header]) => isTokenHeader(header)))
    return "a signed token (JWT)";
  if (holdsProviderToken(text)) return "a provider's token";
  const passwords = [
    ...(text.includes("://") ? text.matchAll(ADDRESS) : []),
    ...(text.includes("=") ? text.matchAll(KEYWORD) : []),
  ].map(([, part]) => part);
  return passwords.some(isPassword) ? "an address with a password in it" : undefined;
}

/**
 * What programs take a value from, where a password follows the keyword in a connection string: the process's environment, an object's own
 * field, nothing. Named one by one: a password may have dots, brackets and parentheses like any call.
 */
const TAKEN =
  /^(?:os\.(?:environ|getenv)\b|process\.env\b|System\.getenv\b|Environment\.GetEnvironmentVariable\b|ENV\[|(?:get)?env\($|getpass\b|(?:self|this)\.\w+[,;)\]}]*$|(?:None|null|nil|undefined)[,;:)\]}]*$|[=>]$|==$)/;

/** A port before a path that has an `@` further on is no password, and neither is a place held for one. */
function isPassword(part: string | undefined): boolean {
  if (part === undefined || /^\d{1,5}\//.test(part)) return false;
  // An address in a script takes its password from a variable of any name.
  if (isPlaceholder(part) || TAKEN.test(part) || /^\$[A-Za-z_]\w*$/.test(part)) return false;
  return !/^(?:true|false|required|optional)$/i.test(part);
}

function isTokenHeader(header = ""): boolean {
  const parsed = parseJson(Buffer.from(header, "base64url").toString("utf8"));
  return typeof parsed === "object" && parsed !== null && "alg" in parsed;
}

/** Key files of Google (service accounts and users) and Azure, and Docker's file of log-ins. */
function isKeyFile(parsed: unknown): boolean {
  if (typeof parsed !== "object" || parsed === null) return false;
  const file = parsed as Record<string, unknown>;
  const holds = (name: string) =>
    typeof file[name] === "string" && !isPlaceholder(file[name]) && !isHarmlessValue(file[name]);
  if (file["type"] === "service_account") return holds("private_key");
  if (file["type"] === "authorized_user") return holds("refresh_token");
  if (holds("clientId") && holds("tenantId")) return holds("clientSecret");
  const logins = file["auths"];
  if (typeof logins !== "object" || logins === null) return false;
  return Object.values(logins).some(
    (login: unknown) =>
      typeof login === "object" &&
      login !== null &&
      ["auth", "password", "identitytoken"].some((key) => {
        const held = (login as Record<string, unknown>)[key];
        return typeof held === "string" && !isPlaceholder(held);
      }),
  );
}
