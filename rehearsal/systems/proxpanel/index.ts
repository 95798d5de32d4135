import { writeParts } from "../../../components/parts";
import { SecretText } from "../../../components/secret-text";
import { PROXMOX_PARTS } from "../../../stacks/proxpanel/inventory";
import { startTraffic } from "../../traffic";
import { seedDatabase } from "../self-hosted/database";
import { machineCredentials, machineSettings } from "../self-hosted/machine";
import { SystemRehearsal, held } from "../system";
import { ProxpanelClouds, SENDERS, SenderSecret, issueAll, startProxpanelClouds } from "./clouds";
import { DATABASE, envOf, hold } from "./hold";
import { ADMIN, logIn, requests } from "./load";
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
  traffic: ({ clouds }, rate) =>
    startTraffic({ requests: requests(clouds), rate, logIn: () => session(clouds) }),
  hold,
  cutOver: ({ clouds }, now) => {
    for (const name of senderSecrets) clouds.senders[name].setSecret(held(now, name).value);
    return Promise.resolve();
  },
  revoke: ({ clouds }, old) => {
    for (const name of senderSecrets) clouds.senders[name].revoke(held(old, name).value);
    const { value: secret, username: id = "" } = held(old, "PROXMOX_TOKEN_SECRET");
    clouds.proxmox.revoke({ id, secret });
    return Promise.resolve();
  },
  trials: TRIALS,
  evidence: async ({ clouds }) => {
    const { BACKUP_ENCRYPTION_KEY_ID: id } = await envOf(clouds);
    return { BACKUP_ENCRYPTION_KEY: [`new backups are made under ${id}`] };
  },
};

async function session(clouds: ProxpanelClouds): Promise<Record<string, string>> {
  const { ADMIN_PASSWORD: password = "" } = await envOf(clouds);
  const tokens = await logIn(clouds.machine.url, new SecretText(password));
  if (tokens === "refused") throw new Error("the administrator's current password is refused");
  return { authorization: `Bearer ${tokens.access.reveal()}` };
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
