import { createHash } from "node:crypto";

/** A kind of secret value. */
export interface Kind {
  readonly kind: string;
  /** The value has a form of its own, so that it can be told anywhere; without one only its origin or its place tells. */
  readonly form: boolean;
  readonly value: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const ALNUM = LOWER + UPPER + DIGITS;
const URL_SAFE = `${ALNUM}-_`;

/** Characters that look random and are the same in every run, so that the table can be reproduced. */
export function random(words: string, alphabet: string, length: number): string {
  let text = "";
  for (let block = 0; text.length < length; block++)
    for (const byte of createHash("sha256").update(`${words} ${block}`).digest())
      text += alphabet[byte % alphabet.length];
  return text.slice(0, length);
}

/** A shape: literal parts and `[alphabet, length]`. Composed at run time, so that no scanner finds a token in this file. */
type Shape = readonly (string | readonly [string, number])[];

function fill(kind: string, shape: Shape): string {
  return shape
    .map((part, index) =>
      typeof part === "string" ? part : random(`${kind} ${index}`, part[0], part[1]),
    )
    .join("");
}

const uuid: Shape = [[HEX, 8], "-", [HEX, 4], "-", [HEX, 4], "-", [HEX, 4], "-", [HEX, 12]];

/** Tokens by their providers' shapes. */
const TOKENS: Readonly<Record<string, Shape>> = {
  "AWS session token": ["IQoJ", "b3JpZ2lu", [ALNUM, 120]],
  "AWS key pair": ["AK", "IA", [`${UPPER}234567`, 16], ":", [ALNUM, 40]],
  "Google API key": ["AI", "za", [URL_SAFE, 35]],
  "Google access token": ["ya", "29.", [URL_SAFE, 60]],
  "Google OAuth client secret": ["GOC", "SPX-", [URL_SAFE, 28]],
  "Azure storage key": [
    "DefaultEndpointsProtocol=https;AccountName=app;Account",
    "Key=",
    [ALNUM, 86],
    "==",
  ],
  "Azure client secret": [[ALNUM, 3], "8", "Q~", [ALNUM, 34]],
  "GitHub token": ["gh", "p_", [ALNUM, 36]],
  "GitHub fine-grained token": ["github_", "pat_", [ALNUM, 22], "_", [ALNUM, 59]],
  "GitLab token": ["gl", "pat-", [URL_SAFE, 20]],
  "Slack token": ["xo", "xb-", [DIGITS, 12], "-", [DIGITS, 12], "-", [ALNUM, 24]],
  "Slack webhook": [
    "https://hooks.",
    "slack.com/services/T",
    [UPPER, 8],
    "/B",
    [UPPER, 8],
    "/",
    [ALNUM, 24],
  ],
  "Stripe key": ["sk", "_live_", [ALNUM, 24]],
  "Paystack key": ["sk", "_live_", [HEX, 40]],
  "Square token": ["EA", "AA", [URL_SAFE, 60]],
  "Shopify token": ["shp", "at_", [HEX, 32]],
  "Twilio key": ["S", "K", [HEX, 32]],
  "SendGrid key": ["S", "G.", [URL_SAFE, 22], ".", [URL_SAFE, 43]],
  "Mailgun key": ["key", "-", [HEX, 32]],
  "Mailchimp key": [[HEX, 32], "-us", "12"],
  "Telegram bot token": [[DIGITS, 9], ":A", "A", [ALNUM, 33]],
  "Discord bot token": ["M", [ALNUM, 23], ".", [ALNUM, 6], ".", [ALNUM, 27]],
  "npm token": ["np", "m_", [ALNUM, 36]],
  "PyPI token": ["py", "pi-AgE", [ALNUM, 70]],
  "Docker token": ["dckr_", "pat_", [ALNUM, 27]],
  "OpenAI key": ["sk", "-proj-", [ALNUM, 48]],
  "Anthropic key": ["sk", "-ant-api03-", [ALNUM, 90]],
  "Hugging Face token": ["h", "f_", [LOWER + UPPER, 34]],
  "Vault token": ["hv", "s.", [ALNUM, 90]],
  "DigitalOcean token": ["do", "p_v1_", [HEX, 64]],
  "Pulumi token": ["pu", "l-", [HEX, 40]],
  "Grafana token": ["gl", "sa_", [ALNUM, 32], "_", [HEX, 8]],
  "Databricks token": ["da", "pi", [HEX, 32]],
  "Postman key": ["PM", "AK-", [HEX, 24], "-", [HEX, 34]],
  "Linear key": ["lin_", "api_", [ALNUM, 40]],
  "HubSpot token": ["pat", "-na1-", ...uuid],
  "New Relic key": ["NR", "AK-", [UPPER + DIGITS, 27]],
  "Airtable token": ["pa", "t", [ALNUM, 14], ".", [HEX, 64]],
};

/** What has no provider's mark but a form. */
function formed(): Kind[] {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = (name: string) => random(name, ALNUM, 64).replace(/.{32}/g, "$&\n");
  const pem = (word: string) =>
    [
      `-----BEGIN ${word}PRIVATE `,
      "KEY-----\n",
      body(word),
      `-----END ${word}PRIVATE `,
      "KEY-----\n",
    ].join("");
  const signature = random("signature", URL_SAFE, 43);
  const values: Record<string, string> = {
    "private key (PKCS #8)": pem(""),
    "private key (RSA)": pem("RSA "),
    "private key (OpenSSH)": pem("OPENSSH "),
    "key file of a service account": JSON.stringify({
      type: "service_account",
      project_id: "example-project",
      private_key: pem(""),
    }),
    "signed token (JWT)": [
      part({ alg: "HS256", typ: "JWT" }),
      part({ sub: "app" }),
      signature,
    ].join("."),
    "database address": [
      "postgres",
      "://app:",
      random("address", ALNUM, 20),
      "@db.example.com/app",
    ].join(""),
    "broker address": [
      "amqps",
      "://app:",
      random("broker", ALNUM, 16),
      "@mq.example.com:5671",
    ].join(""),
  };
  return Object.entries(values).map(([kind, value]) => ({ kind, form: true, value }));
}

/** What only its origin or its place tells. */
const FORMLESS: Readonly<Record<string, Shape>> = {
  "generated password": [[`${ALNUM}!#%+`, 24]],
  "password of words": ["correct-", [LOWER, 6], "-battery-", [LOWER, 5]],
  "hexadecimal key": [[HEX, 64]],
  "base64 key": [[ALNUM, 43], "="],
  "API key without a mark": [[ALNUM, 32]],
  "UUID as a key": uuid,
};

/** Every kind of value of the benchmark. */
export const kinds: readonly Kind[] = [
  ...Object.entries(TOKENS).map(([kind, shape]) => ({
    kind,
    form: true,
    value: fill(kind, shape),
  })),
  ...formed(),
  ...Object.entries(FORMLESS).map(([kind, shape]) => ({
    kind,
    form: false,
    value: fill(kind, shape),
  })),
];
