import { SecretDeclaration } from "../../components/inventory";

const system = "proxpanel";
/** What a Proxmox token is made of: `USER@REALM!TOKENID` and its secret. */
export const PROXMOX_PARTS = ["id", "secret"] as const;
const stores = ["env-file:proxpanel"];
const host = "compose-host:proxpanel";

const jwt = {
  class: "jwt-key",
  system,
  group: "sessions",
  accepts: "many",
  source: "generated",
  takesOver: true,
  stores,
  consumers: [host],
  readers: ["operator"],
  interruption: "none",
  interruptionInOneUpdate:
    "re-login: tokens of the new key get 401 from an instance that does not know it yet",
} as const;

const webhook = {
  class: "webhook-secret",
  system,
  group: "webhooks",
  accepts: "many",
  source: "external",
  stores,
  consumers: [host],
  readers: ["operator", "finance"],
  // Senders try an event again for three days.
  graceHours: 72,
  interruption: "none: events signed with either are accepted until the old one is retired",
  interruptionInOneUpdate:
    "none: events signed with either are accepted until the old one is retired",
} as const;

const ADMIN = "re-login of the administrator: the old password is refused from the activation on";

/** The secrets of proxpanel, in the order in which a rotation of all of them reports. Plain data: no value, no resource. */
export const PROXPANEL_SECRETS: readonly SecretDeclaration[] = [
  { ...jwt, name: "JWT_SECRET", component: "proxpanel-jwt", graceHours: 24 },
  { ...jwt, name: "JWT_REFRESH_SECRET", component: "proxpanel-jwt-refresh", graceHours: 720 },
  {
    name: "POSTGRES_PASSWORD",
    component: "proxpanel-database",
    graceHours: 24,
    class: "database-credential",
    system,
    group: "database",
    accepts: "many",
    source: "generated",
    stores,
    consumers: ["postgres-role:proxpanel", host],
    readers: ["operator", "developer"],
    interruption: "none",
    interruptionInOneUpdate: "none",
  },
  {
    name: "ADMIN_PASSWORD",
    component: "proxpanel-admin",
    graceHours: 24,
    class: "admin-password",
    system,
    group: "admin",
    accepts: "one",
    source: "generated",
    stores,
    consumers: [host, "compose-job:seed-admin"],
    readers: ["operator"],
    interruption: ADMIN,
    interruptionInOneUpdate: ADMIN,
  },
  {
    name: "BACKUP_ENCRYPTION_KEY",
    component: "proxpanel-backup",
    class: "backup-key",
    system,
    group: "backup",
    accepts: "many",
    source: "generated",
    takesOver: true,
    slots: 8,
    stores,
    consumers: [host],
    readers: ["operator"],
    interruption: "none: older backups stay readable until their key is retired",
    interruptionInOneUpdate: "none: older backups stay readable until their key is retired",
  },
  { ...webhook, name: "PAYSTACK_SECRET", component: "proxpanel-paystack", issuer: "paystack" },
  {
    ...webhook,
    name: "FLUTTERWAVE_WEBHOOK_HASH",
    component: "proxpanel-flutterwave",
    issuerPage: "the webhooks page of the Flutterwave dashboard",
  },
  {
    ...webhook,
    name: "ALERTING_WEBHOOK_SECRET",
    component: "proxpanel-alerting",
    group: "alerting",
    readers: ["operator"],
    issuerPage: "the webhook integration of the alerting service",
  },
  {
    name: "PROXMOX_TOKEN_SECRET",
    component: "proxpanel-proxmox",
    graceHours: 24,
    class: "external-key",
    system,
    group: "proxmox",
    // A token's secret never changes in Proxmox: the next secret is that of another token.
    parts: PROXMOX_PARTS,
    accepts: "one",
    source: "external",
    issuer: "proxmox",
    stores,
    consumers: [host],
    readers: ["operator"],
    interruption: "none: both tokens are valid until a person deletes the old one",
    interruptionInOneUpdate: "none: both tokens are valid until a person deletes the old one",
    issuerPage: "Datacenter, Permissions, API Tokens in Proxmox VE",
  },
];
