import { SecretDeclaration, Tier } from "../../components/inventory";

/** What Gmail's OAuth client is made of: its id, which is public, and its secret. */
export const GMAIL_PARTS = ["clientId", "secret"] as const;

/** The entry's name in every store, `jwt-secret` for `JWT_SECRET`: a constant of the system, never derived from the environment. */
export function entryOf(secret: string): string {
  return secret.toLowerCase().replaceAll("_", "-");
}

type Declared = Omit<SecretDeclaration, "system" | "stores" | "readers"> & { readonly tier: Tier };

const BACKEND = "kubernetes-workload:backend";
const AGENTS = "kubernetes-workload:agents";
const SEARCH = "kubernetes-workload:search";

/** The role of the database's users, and what else logs in with their password. */
const DATABASE_CLIENTS = ["postgres-role:project", BACKEND, "job:backup", "job:monitoring"];

const DECLARED: readonly Declared[] = [
  {
    name: "JWT_SECRET",
    component: "project-jwt",
    graceHours: 192,
    class: "jwt-key",
    tier: "critical",
    group: "sessions",
    accepts: "many",
    source: "generated",
    takesOver: true,
    consumers: [BACKEND],
    interruption: "none: whoever did not log in again during the grace does so after it",
    interruptionInOneUpdate:
      "re-login: tokens of the new key get 401 from an instance that does not know it yet",
  },
  {
    name: "DELEGATION_JWT_SECRET",
    component: "project-delegation",
    graceHours: 24,
    class: "jwt-key",
    tier: "critical",
    group: "sessions",
    accepts: "many",
    source: "generated",
    takesOver: true,
    consumers: [AGENTS, BACKEND],
    interruption: "none: the agents accept the new key before the backend signs with it",
    interruptionInOneUpdate:
      "none: the agents have the new key before the first backend that signs with it starts",
  },
  {
    name: "POSTGRES_PASSWORD",
    component: "project-database",
    graceHours: 24,
    class: "database-credential",
    tier: "critical",
    group: "database",
    accepts: "many",
    source: "generated",
    consumers: DATABASE_CLIENTS,
    interruption: "none: pools are drained before the old user goes",
    interruptionInOneUpdate: "none: pools are drained before the old user goes",
  },
  {
    name: "ENCRYPTION_KEY",
    component: "project-encryption",
    graceHours: 168,
    class: "keyring",
    tier: "critical",
    group: "encryption",
    accepts: "many",
    source: "generated",
    takesOver: true,
    slots: 8,
    consumers: [BACKEND, "job:re-encrypt"],
    interruption: "none: rows are re-encrypted while the application runs",
    interruptionInOneUpdate:
      "rows of the new key cannot be read by an instance that does not know it yet",
  },
  {
    name: "OPENROUTER_API_KEY",
    component: "project-openrouter",
    graceHours: 24,
    class: "external-key",
    tier: "high",
    group: "api-keys",
    accepts: "one",
    source: "external",
    issuer: "openrouter",
    consumers: [AGENTS],
    interruption: "none",
    interruptionInOneUpdate: "none",
  },
  {
    name: "GMAIL_CLIENT_SECRET",
    component: "project-gmail-client",
    graceHours: 24,
    class: "external-key",
    tier: "high",
    group: "gmail",
    accepts: "one",
    source: "external",
    parts: GMAIL_PARTS,
    issuer: "google-oauth",
    consumers: [BACKEND],
    interruption: "none: mailboxes that are connected stay so; new connections use the new secret",
    interruptionInOneUpdate:
      "none: mailboxes that are connected stay so; new connections use the new secret",
  },
  {
    name: "GMAIL_STATE_SECRET",
    component: "project-gmail-state",
    graceHours: 24,
    class: "session-secret",
    tier: "high",
    group: "gmail",
    accepts: "many",
    source: "generated",
    takesOver: true,
    consumers: [BACKEND],
    interruption: "none",
    interruptionInOneUpdate:
      "connections of a mailbox that are under way fail and are begun again by their users",
  },
  {
    name: "VAPID_PRIVATE_KEY",
    component: "project-vapid",
    class: "vapid-pair",
    tier: "high",
    group: "push",
    accepts: "many",
    source: "generated",
    consumers: [BACKEND],
    interruption:
      "users must subscribe to push messages again before the old pair is retired; until then both work",
    interruptionInOneUpdate:
      "users must subscribe to push messages again before the old pair is retired; until then both work",
  },
  {
    name: "VAPID_PUBLIC_KEY",
    component: "project-vapid",
    class: "vapid-pair",
    tier: "medium",
    group: "push",
    accepts: "many",
    source: "generated",
    movesWith: "VAPID_PRIVATE_KEY",
    public: true,
    consumers: [BACKEND],
    interruption: "that of VAPID_PRIVATE_KEY: the pair rotates as a pair",
    interruptionInOneUpdate: "that of VAPID_PRIVATE_KEY: the pair rotates as a pair",
  },
  {
    name: "GMAIL_CLIENT_ID",
    component: "project-gmail-client",
    graceHours: 24,
    class: "external-key",
    tier: "medium",
    group: "gmail",
    accepts: "one",
    source: "external",
    movesWith: "GMAIL_CLIENT_SECRET",
    public: true,
    consumers: [BACKEND],
    interruption: "none while the id stays; a new client's id disconnects every mailbox",
    interruptionInOneUpdate: "none while the id stays; a new client's id disconnects every mailbox",
  },
  {
    name: "MEILI_API_KEY",
    component: "project-meili",
    graceHours: 24,
    class: "token",
    tier: "optional",
    group: "search",
    accepts: "one",
    source: "generated",
    takesOver: true,
    consumers: [SEARCH, BACKEND],
    interruption: "search answers without hits for the seconds of its restart; its index stays",
    interruptionInOneUpdate:
      "search answers without hits until it and the backend have restarted; its index stays",
  },
  {
    name: "OPENCLAW_GATEWAY_TOKEN",
    component: "project-gateway",
    graceHours: 168,
    class: "token",
    tier: "optional",
    group: "gateway",
    accepts: "many",
    source: "generated",
    takesOver: true,
    consumers: [AGENTS],
    interruption: "none: clients of the gateway get the new token during the grace",
    interruptionInOneUpdate: "none: clients of the gateway get the new token during the grace",
  },
];

/** The secrets that a rotation function can rotate: tokens that nobody but their readers knows, and no database, issuer or row. */
export const FUNCTION_SECRETS = DECLARED.filter((one) => one.class === "token").map(
  ({ name }) => name,
);

/** The secrets whose object the cluster itself can keep in step with the store: issued elsewhere, and one value each. */
export const SYNCABLE_SECRETS = DECLARED.filter(
  ({ source, parts, movesWith }) => source === "external" && !parts && movesWith === undefined,
).map(({ name }) => name);

/** The twelve secrets of project, most important first. `stores` lists every place that a stack can choose by `backends`; see `placed`. */
export const PROJECT_SECRETS: readonly SecretDeclaration[] = DECLARED.map((declared) => ({
  ...declared,
  system: "project",
  stores: [
    `aws-secrets-manager:project/prod/${entryOf(declared.name)}`,
    `vault-kv:secret/project/prod/${entryOf(declared.name)}`,
    `kubernetes-secret:${declared.name === "ENCRYPTION_KEY" ? "encryption-keys" : entryOf(declared.name)}`,
  ],
  publishedLast: ["aws-secrets-manager", "vault-kv"],
  readers: declared.name === "POSTGRES_PASSWORD" ? ["operator", "developer"] : ["operator"],
}));
