/**
 * What the name of a setting says about its value: `credential` for names such as DB_PASSWORD, `perhaps` for names such as
 * STRIPE_KEY that credentials share with harmless settings, `other` for the rest, such as SECRET_NAME or TOKEN_TTL.
 */
export type NameKind = "credential" | "perhaps" | "other";

/** Endings of single words: PGPASSWORD and apikey count too. */
const CREDENTIAL_WORD =
  /(?:PASSWORD|PASSWORDS|PASSWD|PASSPHRASE|SECRET|SECRETS|TOKEN|TOKENS|APIKEY|APIKEYS|CREDENTIAL|CREDENTIALS)$/;
/** Whole words. `PWD` alone is the working directory. */
const CREDENTIAL_WHOLE = /^(?:PASS|PWD)$/;
const KEY_OWNERS =
  /^(?:API|ACCESS|PRIVATE|SECRET|SIGNING|SIGNATURE|ENCRYPTION|ENCRYPT|MASTER|ACCOUNT|SERVICE|AUTH|APP|SESSION|JWT|HMAC|WEBHOOK|ADMIN|ROOT|CIPHER|AES|DEPLOY|SUBSCRIPTION|VAPID|LICENSE)$/;
const PERHAPS =
  /^(?:KEY|KEYS|AUTH|SALT|SEED|PEPPER|COOKIE|SESSION|SIGNATURE|HMAC|DSN|BEARER|PIN|CERT)$/;
/** A name that ends so is about the credential, not the credential. */
const ABOUT =
  /^(?:NAME|NAMES|ID|IDS|USER|USERNAME|LOGIN|EMAIL|URL|URI|ENDPOINT|HOST|PORT|PATH|FILE|DIR|MOUNT|TTL|EXPIRE|EXPIRES|EXPIRY|EXPIRATION|LIFETIME|AGE|TIMEOUT|INTERVAL|MS|SECONDS|MINUTES|HOURS|DAYS|LENGTH|SIZE|MIN|MAX|COUNT|LIMIT|ISSUER|AUDIENCE|SCOPE|SCOPES|ALG|ALGORITHM|TYPE|FORMAT|ENCODING|HEADER|PREFIX|SUFFIX|ENABLED|DISABLED|REQUIRED|ALLOWED|VERSION|GENERATION|REGION|PROJECT|POLICY|PROVIDER|BACKEND|MANAGER|STORE|MODE|STRATEGY|ROUNDS|ITERATIONS|REF|ARN|FINGERPRINT)$/;

/** A name that begins so counts credentials, or parts of a text. */
const QUANTITY = /^(?:MAX|MIN|NUM)$/;

/** Classifies a name of any spelling: `DB_PASSWORD`, `dbPassword`, `db-password`. */
export function nameKind(name: string): NameKind {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || ABOUT.test(last) || QUANTITY.test(words[0] ?? "")) return "other";
  if (isPublicKey(words)) return "other";
  if (name !== "PWD" && words.some((word, index) => isCredential(word, words[index - 1])))
    return "credential";
  return words.some((word) => PERHAPS.test(word)) ? "perhaps" : "other";
}

function isCredential(word: string, before = ""): boolean {
  if (CREDENTIAL_WORD.test(word) || CREDENTIAL_WHOLE.test(word)) return true;
  return /^KEYS?$/.test(word) && KEY_OWNERS.test(before);
}

function isPublicKey(words: readonly string[]): boolean {
  return words.some(
    (word, index) =>
      (word === "PUBLIC" || word === "PUBLISHABLE") &&
      /^(?:KEYS?|TOKEN)$/.test(words[index + 1] ?? ""),
  );
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toUpperCase());
}

/** A value that no credential has: a switch, a number of up to 6 digits, a time span, a file's path, or the resource name of a stored secret. */
export function isHarmlessValue(text: string): boolean {
  return (
    /^(?:true|false|yes|no|on|off|enabled|disabled)$/i.test(text) ||
    /^[+-]?\d{1,6}(?:\.\d{1,6})?\s?(?:ms|s|m|h|d|[kmg]i?b?|%)?$/i.test(text) ||
    /^(?:\/[a-z0-9._-]{1,64}){2,}$/.test(text) ||
    /^projects\/[^/]+\/(?:locations\/[^/]+\/)?secrets\/[^/]+(?:\/versions\/[^/]+)?$/.test(text)
  );
}
