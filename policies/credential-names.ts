import { remember } from "./remember";

/**
 * What the name of a setting says about its value: `credential` for names such as DB_PASSWORD, `perhaps` for names such as
 * STRIPE_KEY that credentials share with harmless settings, `other` for the rest, such as SECRET_NAME or TOKEN_TTL.
 */
export type NameKind = "credential" | "perhaps" | "other";

/** Endings of single words: PGPASSWORD and apikey count too. */
const CREDENTIAL_WORD =
  /(?:PASSWORD|PASSWORDS|PASSWD|PASSPHRASE|SECRET|SECRETS|TOKEN|TOKENS|APIKEY|APIKEYS|CREDENTIAL|CREDENTIALS)$/;
/** What a credential is called that people type. `PWD` alone is the working directory. */
const PASSWORD_WORD = /(?:PASSWORDS?|PASSWD|PASSPHRASE|PASS|PWD)$|^PW$/;
/** Words that end like one and are none. */
const NO_PASSWORD =
  /^(?:BY|COM|ENCOM|SUR|TRES|UNDER|OVER|LOW|HIGH|BAND|ALL|MULTI|FAST)PASS$|^OLDPWD$/;
const KEY_OWNERS =
  /^(?:API|ACCESS|PRIVATE|SECRET|SIGNING|SIGNATURE|ENCRYPTION|ENCRYPT|MASTER|ACCOUNT|SERVICE|AUTH|APP|SESSION|JWT|HMAC|WEBHOOK|ADMIN|ROOT|CIPHER|AES|DEPLOY|SUBSCRIPTION|VAPID|LICENSE)$/;
const PERHAPS =
  /^(?:KEY|KEYS|ACCESSKEY|SECRETKEY|AUTH|SALT|SEED|PEPPER|COOKIE|SESSION|SIGNATURE|HMAC|DSN|BEARER|PIN|CERT|AUTHORIZATION)$/;
/** A name that ends so is about the credential, not the credential. */
const ABOUT =
  /^(?:NAME|NAMES|ID|IDS|USER|USERNAME|LOGIN|EMAIL|URL|URI|ENDPOINT|HOST|PORT|PATH|FILE|DIR|MOUNT|TTL|EXPIRE|EXPIRES|EXPIRY|EXPIRATION|LIFETIME|AGE|TIMEOUT|INTERVAL|MS|SECONDS|MINUTES|HOURS|DAYS|LENGTH|SIZE|MIN|MAX|COUNT|LIMIT|ISSUER|AUDIENCE|SCOPE|SCOPES|ALG|ALGORITHM|TYPE|FORMAT|ENCODING|HEADER|PREFIX|SUFFIX|ENABLED|DISABLED|REQUIRED|ALLOWED|VERSION|VERSIONS|GENERATION|REGION|PROJECT|POLICY|PROVIDER|BACKEND|MANAGER|STORE|MODE|STRATEGY|ROUNDS|ITERATIONS|REF|ARN|FINGERPRINT|TEMPLATE|SCANNING|SCANNER|AUTHENTICATION|HINT|LABEL|PLACEHOLDER|PATTERN|REGEX|VALIDATION|VALIDATOR|CHECK|LOGGING|METRICS|BUCKET|TABLE|QUEUE|TOPIC|SUBJECT)$/;

/** A name that begins so counts credentials, or parts of a text. */
const QUANTITY = /^(?:MAX|MIN|NUM)$/;

/** `existingSecret`, `imagePullSecrets`: the name of one that is kept elsewhere. */
function isKeptElsewhere(words: readonly string[]): boolean {
  return words.includes("EXISTING") || (words.includes("PULL") && /^SECRETS?$/.test(words.at(-1)!));
}

/** What stands beside a credential in a stored document and is none. */
const BESIDE =
  /^(?:DATABASE|DB|DBNAME|ENGINE|SCHEMA|DRIVER|SERVER|ADDRESS|DOMAIN|KIND|GENERATION|CREATED|CRT|CA|SLOT|ACTIVE|CLUSTER|INSTANCE|NOTE|COMMENT)$/;

/** True for a name of something that is stored beside a credential: user, host, port, database, certificate. */
export function isBesideCredential(name: string): boolean {
  const last = wordsOf(name).at(-1) ?? "";
  return (ABOUT.test(last) || BESIDE.test(last)) && nameKind(name) === "other";
}

/** Classifies a name of any spelling: `DB_PASSWORD`, `dbPassword`, `db-password`. */
export const nameKind: (name: string) => NameKind = remember((name) => {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || ABOUT.test(last) || QUANTITY.test(words[0] ?? "")) return "other";
  if (isPublicKey(words) || isKeptElsewhere(words)) return "other";
  if (name !== "PWD" && words.some((word, index) => isCredential(word, words[index - 1])))
    return "credential";
  return words.some((word) => PERHAPS.test(word)) ? "perhaps" : "other";
});

function isCredential(word: string, before = ""): boolean {
  if (CREDENTIAL_WORD.test(word) || isPasswordWord(word)) return true;
  return /^KEYS?$/.test(word) && KEY_OWNERS.test(before);
}

function isPasswordWord(word: string): boolean {
  return PASSWORD_WORD.test(word) && !NO_PASSWORD.test(word);
}

/** True for the name of a credential that people type, so that it may be a number or a word: `DB_PASSWORD`, `dbpass`. */
export function isPasswordName(name: string): boolean {
  return nameKind(name) === "credential" && wordsOf(name).some(isPasswordWord);
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

/** The last word of properties that hold a credential, whatever the provider; `secret` alone mostly names one that is kept elsewhere. */
const SECRET_OWNERS =
  /^(?:CLIENT|SHARED|APP|APPLICATION|API|WEBHOOK|SIGNING|CONSUMER|JWT|OAUTH|HMAC|SESSION|COOKIE|BOT|ACCESS)$/;

/** Tokens that make a request repeatable, or go on in a list. */
const IDEMPOTENCY =
  /^(?:CLIENT|REQUEST|CREATION|CREATOR|EXECUTION|IDEMPOTENCY|NEXT|PAGE|CONTINUATION|SYNC|LOCK|CONFIRMATION)$/;

/**
 * True for the name of a property that holds a credential in resources of any provider: `password`, `masterPassword`, `apiToken`,
 * `privateKey`, `clientSecret`. Not for `secret`, `existingSecret` and the like, which mostly are the name of a secret in a store.
 */
export const isCredentialProperty: (name: string) => boolean = remember((name) => {
  if (nameKind(name) !== "credential") return false;
  const words = wordsOf(name.replace(/Wo$/, ""));
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (/^(?:SECRETS?|CREDENTIALS?|TOKENS)$/.test(last)) return SECRET_OWNERS.test(before);
  if (/SECRETS?$/.test(last)) return SECRET_OWNERS.test(last.replace(/SECRETS?$/, ""));
  if (last === "TOKEN" && IDEMPOTENCY.test(before)) return false;
  // `access_key`, `secret_access_key`: the first is the public half of the pair.
  if (/^KEYS?$/.test(last) && before === "ACCESS") return words.includes("SECRET");
  return isCredential(last, before);
});

/**
 * A text that says where a credential is kept instead of being one: a resource name, the address of a secret, or a reference in the
 * notation of a tool that fetches it.
 */
export function isReference(text: string): boolean {
  return (
    /^arn:[\w-]+:/.test(text) ||
    /^projects\/[^/]+\/(?:locations\/[^/]+\/)?secrets\/[^/]+(?:\/versions\/[^/]+)?$/.test(text) ||
    /^\/subscriptions\/[^\s]+$/i.test(text) ||
    /^https:\/\/[\w-]+\.vault\.azure\.net\/(?:secrets|keys|certificates)\//.test(text) ||
    /^(?:op|vault|ref\+\w+|sm|gsm|ssm|secretsmanager|akv|sops|env|file):\/{0,2}[^\s:@]+$/.test(
      text,
    ) ||
    /^@Microsoft\.KeyVault\(.+\)$/.test(text) ||
    /^\{\{\s*resolve:.+\}\}$/.test(text)
  );
}

/** A text that looks random but identifies something: a UUID, an ARN, a digest, the public half of a key, an access key's id. */
export function isIdentifier(text: string): boolean {
  return (
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ||
    /^(?:sha1|sha256|sha384|sha512|md5)[:-][A-Za-z0-9+/=]{20,}$/i.test(text) ||
    /@sha256:[0-9a-f]{64}$/.test(text) ||
    /^(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}$/.test(text) ||
    /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA/.test(text) ||
    /^age1[0-9a-z]{58}$/.test(text) ||
    /-----BEGIN (?:PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE|CERTIFICATE REQUEST|PGP PUBLIC KEY BLOCK)-----/.test(
      text,
    ) ||
    isReference(text)
  );
}

/** The version of a package, or a range of them. */
const VERSION = /^[~^]?v?\d{1,5}\.\d{1,5}\.\d{1,5}(?:-[\w.]{1,32})?(?: \|\| .{1,64})?$/;

/**
 * A value that no credential has: a switch, a number of up to 6 digits, a time span, a version, a file's path, or the resource name of a
 * stored secret. Under the name of a password four digits and more are one.
 */
export function isHarmlessValue(text: string, name = ""): boolean {
  return (
    /^(?:true|false|yes|no|on|off|enabled|disabled)$/i.test(text) ||
    (/^[+-]?\d{1,6}(?:\.\d{1,6})?\s?(?:ms|s|m|h|d|[kmg]i?b?|%)?$/i.test(text) &&
      !(/^\d{4,}$/.test(text) && isPasswordName(name))) ||
    VERSION.test(text) ||
    isPath(text) ||
    isReference(text)
  );
}

/**
 * The path of a file or of an entry in a store: below a folder that systems have, with a file's ending, or with a step that is called
 * like a credential. `/hunter2/hunter2` is none.
 */
export function isPath(text: string): boolean {
  if (!/^(?:\/[A-Za-z0-9._-]{1,64}){2,16}$/.test(text)) return false;
  const steps = text.slice(1).split("/");
  return (
    FOLDERS.test(steps[0] ?? "") ||
    /\.[a-z]{2,5}$/.test(text) ||
    steps.some((step) => nameKind(step) !== "other")
  );
}

const FOLDERS =
  /^(?:app|bin|config|configs|data|dev|etc|home|lib|media|mnt|opt|proc|root|run|secrets|srv|sys|tmp|usr|var|vault|workspace)$/;
