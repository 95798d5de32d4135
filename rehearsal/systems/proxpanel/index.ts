import { writeParts } from "../../../components/parts";
import { SecretText } from "../../../components/secret-text";
import { PROXMOX_PARTS } from "../../../stacks/proxpanel/inventory";
import { startTraffic } from "../../traffic";
import { databaseConnections } from "../self-hosted/connections";
import { seedDatabase } from "../self-hosted/database";
import { machineCredentials, machineSettings } from "../self-hosted/machine";
import { snapshot } from "../self-hosted/snapshot";
import { databaseWorkers } from "../self-hosted/workers";
import { SystemRehearsal, held } from "../system";
import { ProxpanelClouds, SENDERS, SenderSecret, issueAll, startProxpanelClouds } from "./clouds";
import { DATABASE, envOf, hold } from "./hold";
import { backupsByKey, checkBackups, expireBackups } from "./backups";
import { ADMIN, Tokens, logIn, requests } from "./load";
import { TRIALS } from "./trials";

const senderSecrets = Object.keys(SENDERS) as SenderSecret[];

/** How proxpanel is rehearsed: two instances on a machine of its own, walked through every move. */
export const proxpanelRehearsal: SystemRehearsal<ProxpanelClouds> = {
  name: "proxpanel",
  walk: "every-move",
  providers: ["random", "postgresql", "command"],
  start: startProxpanelClouds,
  prepare,
  issue: (clouds) => {
    clouds.issued = issueAll(clouds);
    return valuesOf(clouds);
  },
  traffic: async ({ clouds }, rate) => {
    let tokens = await session(clouds);
    return startTraffic({
      requests: requests(clouds, () => tokens.refresh),
      workers: databaseWorkers(clouds.machine, DATABASE),
      rate,
      logIn: async () => {
        tokens = await session(clouds);
        return { authorization: `Bearer ${tokens.access.reveal()}` };
      },
    });
  },
  hold,
  cutOver: ({ clouds }, now) => {
    for (const name of senderSecrets) clouds.senders[name].setSecret(held(now, name).value);
    const backup = now.get("BACKUP_ENCRYPTION_KEY");
    return backup ? expireBackups(clouds.machine, backup.username ?? "") : Promise.resolve();
  },
  revoke: ({ clouds }, old) => {
    for (const name of senderSecrets) clouds.senders[name].revoke(held(old, name).value);
    const { value: secret, username: id = "" } = held(old, "PROXMOX_TOKEN_SECRET");
    clouds.proxmox.revoke({ id, secret });
    return Promise.resolve();
  },
  connections: databaseConnections("POSTGRES_PASSWORD", DATABASE),
  snapshot,
  trials: TRIALS,
  evidence: async ({ clouds: { machine } }) => {
    const { opened, refused } = await checkBackups(machine);
    if (refused.length > 0) throw new Error(`backups do not open: ${refused.join(", ")}`);
    const there = await backupsByKey(machine);
    return { BACKUP_ENCRYPTION_KEY: [`backups on the machine: ${there}; ${opened} open`] };
  },
};

async function session(clouds: ProxpanelClouds): Promise<Tokens> {
  const { ADMIN_PASSWORD: password = "" } = await envOf(clouds);
  const tokens = await logIn(clouds.machine.url, new SecretText(password));
  if (tokens === "refused") throw new Error("the administrator's current password is refused");
  return tokens;
}

async function prepare(clouds: ProxpanelClouds): Promise<Record<string, unknown>> {
  const { machine, proxmox } = clouds;
  await seedDatabase(machine.postgres, DATABASE);
  for (const name of senderSecrets) clouds.senders[name].setSecret(clouds.issued.webhooks[name]);
  const first = [...valuesOf(clouds)].map(([name, value]) => [
    name,
    { a: { generation: 1, value } },
  ]);
  return {
    "rekey:environment": "staging",
    "rekey:systems": ["proxpanel"],
    "rekey:external": Object.fromEntries(first) as unknown,
    "rekey:issuers": {
      paystack: clouds.senders.PAYSTACK_SECRET.url,
      proxmox: proxmox.url,
    },
    "rekey:credentials": machineCredentials("proxpanel", machine),
    "rekey:proxpanel": {
      ...machineSettings(machine, DATABASE),
      adminUser: ADMIN,
      proxmoxUrl: proxmox.url,
      backupFolder: machine.backupFolder,
    },
  };
}

function valuesOf({ issued: { proxmox, webhooks } }: ProxpanelClouds): Map<string, SecretText> {
  const token = writeParts({ id: proxmox.id, secret: proxmox.secret.reveal() }, PROXMOX_PARTS);
  return new Map([
    ...senderSecrets.map((name) => [name, webhooks[name]] as const),
    ["PROXMOX_TOKEN_SECRET", new SecretText(token)] as const,
  ]);
}
