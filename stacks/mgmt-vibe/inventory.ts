import { SecretDeclaration } from "../../components/inventory";

const system = "mgmt-vibe";
const stores = ["env-file:mgmt-vibe"];
const consumers = ["compose-host:mgmt-vibe"];

/** The secrets of mgmt-vibe, in the order in which a rotation of all of them reports. Plain data: no value, no resource. */
export const MGMT_VIBE_SECRETS: readonly SecretDeclaration[] = [
  {
    name: "SESSION_SECRET",
    class: "session-secret",
    system,
    group: "sessions",
    accepts: "many",
    source: "generated",
    stores,
    consumers,
    readers: ["operator"],
    interruption: "none",
    interruptionInOneUpdate:
      "re-login: cookies of the new secret are refused by an instance that does not know it yet",
  },
  {
    name: "DATABASE_PASSWORD",
    class: "database-credential",
    system,
    group: "database",
    accepts: "many",
    source: "generated",
    stores,
    consumers: ["postgres-role:mgmt_vibe", ...consumers],
    readers: ["operator", "developer"],
    periodDays: 30,
    interruption: "none",
    interruptionInOneUpdate: "none",
  },
  {
    name: "OPENAI_API_KEY",
    class: "external-key",
    system,
    group: "api-keys",
    accepts: "one",
    source: "external",
    issuer: "openai",
    stores,
    consumers,
    readers: ["operator", "developer"],
    interruption: "none",
    interruptionInOneUpdate: "none",
    issuerPage: "the API keys page of the OpenAI platform",
  },
  {
    name: "STRIPE_KEYS",
    class: "api-key-pair",
    system,
    group: "api-keys",
    accepts: "one",
    source: "external",
    parts: ["publishable", "secret"],
    issuer: "stripe",
    stores,
    consumers,
    readers: ["operator", "finance"],
    interruption: "pages loaded before it keep the old publishable key until it is revoked",
    interruptionInOneUpdate:
      "pages loaded before it keep the old publishable key until it is revoked",
    issuerPage: "the API keys page of the Stripe dashboard",
  },
  {
    name: "ENCRYPTION_KEY",
    class: "keyring",
    system,
    group: "encryption",
    accepts: "many",
    source: "generated",
    slots: 8,
    stores,
    consumers: [...consumers, "compose-job:backfill", "compose-job:re-encrypt"],
    readers: ["operator"],
    periodDays: 180,
    interruption: "none: rows are re-encrypted while the application runs",
    interruptionInOneUpdate:
      "rows of the new key cannot be read by an instance that does not know it yet",
  },
];
