import { AdminPassword } from "../../components/secrets/admin-password";
import { BackupKey } from "../../components/secrets/backup-key";
import { DatabaseCredential } from "../../components/secrets/database-credential";
import { ExternalKey } from "../../components/secrets/external-key";
import { JwtKey } from "../../components/secrets/jwt-key";
import { WebhookSecret } from "../../components/secrets/webhook-secret";
import { Configuration, recordOf } from "../configuration";
import { connectionOf } from "../self-hosted/env";
import { backupsHook } from "./backups";
import { ProxpanelSettings } from "./settings";

/** The secrets of proxpanel, each with its live generations. */
export interface ProxpanelSecrets {
  readonly jwt: JwtKey;
  readonly refresh: JwtKey;
  readonly database: DatabaseCredential;
  readonly admin: AdminPassword;
  readonly backup: BackupKey;
  readonly webhooks: readonly WebhookSecret[];
  readonly proxmox: ExternalKey;
}

/** Those who send webhooks, by the short name of their resources. */
const SENDERS = {
  paystack: "PAYSTACK_SECRET",
  flutterwave: "FLUTTERWAVE_WEBHOOK_HASH",
  alerting: "ALERTING_WEBHOOK_SECRET",
};

/** The name of the backup's key, which stands in the `kid` of each backup. */
const BACKUP = "proxpanel-backup";

/** Declares every secret of proxpanel. */
export function proxpanelSecrets(
  configuration: Configuration,
  { database, host, jwt, backupFolder: folder }: ProxpanelSettings,
): ProxpanelSecrets {
  const { records, external, running, environment } = configuration;
  const declared = (name: string) => ({
    record: recordOf(records, name),
    runningValue: running.get(name),
    environment,
  });
  const taken = (secret: string) => ({
    ...declared(secret),
    secret,
    values: external[secret] ?? {},
  });
  return {
    jwt: new JwtKey("proxpanel-jwt", { ...declared("JWT_SECRET"), ...jwt }),
    refresh: new JwtKey("proxpanel-jwt-refresh", declared("JWT_REFRESH_SECRET")),
    database: new DatabaseCredential("proxpanel-database", {
      ...declared("POSTGRES_PASSWORD"),
      user: database.user,
    }),
    admin: new AdminPassword("proxpanel-admin", declared("ADMIN_PASSWORD")),
    backup: new BackupKey(BACKUP, {
      ...declared("BACKUP_ENCRYPTION_KEY"),
      beforeRetirement: backupsHook("proxpanel-backups", BACKUP, {
        connection: connectionOf("proxpanel", configuration, host),
        folder,
        record: recordOf(records, "BACKUP_ENCRYPTION_KEY"),
      }),
    }),
    webhooks: Object.entries(SENDERS).map(
      ([short, secret]) => new WebhookSecret(`proxpanel-${short}`, taken(secret)),
    ),
    proxmox: new ExternalKey("proxpanel-proxmox", taken("PROXMOX_TOKEN_SECRET")),
  };
}
