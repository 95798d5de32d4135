/** What a text gives itself away as. A name for messages; never a part of the text. */
export type Detection =
  | "a private key (PEM)"
  | "a service account's key file"
  | "a signed token (JWT)"
  | "an address with a password in it"
  | "a provider's token";

/** Beyond this many characters nothing is looked at: credentials are short, and a rule must not hang on a file. */
const LONGEST = 1 << 20;
/** How many wrappings (base64, JSON) are opened. */
const DEPTH = 3;

// Repetitions are bounded where a text could make the search start over at every character.
const PEM = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
const JWT = /(?<![\w-])(eyJ[\w-]{6,})\.eyJ[\w-]{4,}\.[\w-]{16,}/g;
const ADDRESS = /\b[a-z][a-z0-9+.-]{0,24}:\/\/[^\s/?#:@'"]{0,256}:([^\s@'"]{1,1024})@[^\s/]/gi;
const KEYWORD = /(?:^|[\s;?&])(?:password|passwd|pwd)\s*=\s*([^\s;&'"]+)/gi;

/** Prefixes with which providers mark their tokens, so that scanners can find them. */
const PROVIDER_TOKENS: readonly RegExp[] = [
  /\bgh[oprsu]_[A-Za-z0-9]{36,}/, // GitHub
  /\bgithub_pat_\w{40,}/,
  /\bglpat-[\w-]{20,}/, // GitLab
  /\bxox[abeoprs]-[\w-]{10,}/, // Slack
  /\b[rs]k_(?:live|test)_\w{16,}/, // Stripe
  /\bwhsec_[A-Za-z0-9+/=]{24,}/, // webhook secrets
  /\bsk-(?:ant-|proj-|svcacct-)?[\w-]{32,}/, // Anthropic, OpenAI
  /\bAIza[\w-]{35}/, // Google API keys
  /\bya29\.[\w-]{20,}/, // Google access tokens
  /\bGOCSPX-[\w-]{20,}/, // Google OAuth client secrets
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/, // SendGrid
  /\bnpm_[A-Za-z0-9]{36}/,
  /\bpypi-AgE[\w-]{40,}/,
  /\bhv[bsr]\.[\w-]{20,}/, // Vault
  /\bpul-[0-9a-f]{40}/, // Pulumi
  /\bdop_v1_[0-9a-f]{64}/, // DigitalOcean
  /\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/, // Shopify
  /\bglsa_\w{32,}/, // Grafana
  /\bAGE-SECRET-KEY-1[0-9A-Z]{58}/,
];

/** Recognises a credential by its form, in the open or wrapped in base64 or JSON. Undefined says nothing: passwords have no form. */
export function detect(text: string): Detection | undefined {
  return text.length > LONGEST ? undefined : detectWithin(text, DEPTH);
}

function detectWithin(text: string, depth: number): Detection | undefined {
  const parsed = depth > 0 ? parseJson(text) : undefined;
  if (isKeyFile(parsed)) return "a service account's key file";
  if (depth === 0) return detectOpenly(text);
  const inside = parsed === undefined ? [] : textsOf(parsed);
  const decoded = decodeBase64(text);
  if (decoded !== undefined) inside.push(decoded);
  for (const part of inside) {
    const found = detectWithin(part, depth - 1);
    if (found) return found;
  }
  return detectOpenly(text);
}

function detectOpenly(text: string): Detection | undefined {
  if (PEM.test(text)) return "a private key (PEM)";
  if ([...text.matchAll(JWT)].some(([, header]) => isTokenHeader(header)))
    return "a signed token (JWT)";
  if (PROVIDER_TOKENS.some((form) => form.test(text))) return "a provider's token";
  const passwords = [...text.matchAll(ADDRESS), ...text.matchAll(KEYWORD)].map(([, part]) => part);
  return passwords.some(isPassword) ? "an address with a password in it" : undefined;
}

/** A port before a path that has an `@` further on is no password, and neither is a place held for one. */
function isPassword(part: string | undefined): boolean {
  return part !== undefined && !/^\d{1,5}\//.test(part) && !isPlaceholder(part);
}

function isTokenHeader(header = ""): boolean {
  const parsed = parseJson(Buffer.from(header, "base64url").toString("utf8"));
  return typeof parsed === "object" && parsed !== null && "alg" in parsed;
}

function isKeyFile(parsed: unknown): boolean {
  if (typeof parsed !== "object" || parsed === null) return false;
  const file = parsed as Record<string, unknown>;
  return (
    file["type"] === "service_account" &&
    typeof file["private_key"] === "string" &&
    !isPlaceholder(file["private_key"])
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function parseJson(text: string): unknown {
  if (!/^\s*["[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is looked at as plain text; the parser's message would quote it.
    return undefined;
  }
}

function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s+/g, "");
  if (compact.length < 24 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) return undefined;
  const decoded = Buffer.from(compact, "base64").toString("utf8");
  // Bytes that are no text decode to replacement characters or controls.
  return /^[^\uFFFD\p{Cc}]*$/u.test(decoded.replace(/[\t\n\r]/g, "")) ? decoded : undefined;
}

/** A text that holds a place for a value: empty, `<…>`, `${…}`, `{{…}}`, `$(…)`, `***`, `xxxx`, CHANGE_ME and the like. */
export function isPlaceholder(text: string): boolean {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  return (
    bare === "" ||
    /^(?:<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|\$\([^()]*\)|\$[A-Za-z_]\w*|\{\w*\}|%\w+%|%s)$/.test(
      bare,
    ) ||
    /^([*.xX_-])\1*$/.test(bare) ||
    /^(?:change|replace|set|fill)[ _-]?(?:me|this|it|in)$/i.test(bare) ||
    /^(?:placeholder|redacted|todo|tbd|none|null|nil|unset|undefined|n\/a|dummy|example)$/i.test(
      bare,
    )
  );
}

/** A text that only a generator writes: at least 16 characters without blanks, mixed, and close to random. */
export function looksGenerated(text: string): boolean {
  if (text.length < 16 || text.length > 4096 || /\s/.test(text)) return false;
  if (/:\/\/|^[./~]|^projects\/|^[\w.-]+@[\w.-]+$/.test(text)) return false;
  const hexadecimal = /^[0-9a-fA-F]+$/.test(text) && /\d/.test(text) && /[a-f]/i.test(text);
  if (hexadecimal) return entropy(text) >= 3;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  return kinds >= 2 && /\d/.test(text) && entropy(text) >= 3.5;
}

/** Shannon's entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()]
    .map((count) => count / text.length)
    .reduce((sum, share) => sum - share * Math.log2(share), 0);
}
