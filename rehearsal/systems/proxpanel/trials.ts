import type { SecretText } from "../../../components/secret-text";
import { bearerStatus, tryBearer } from "../probes";
import { databaseTrial } from "../self-hosted/trials";
import type { Answer, Held, Trial } from "../system";
import { tryBackup } from "./backups";
import { ProxpanelClouds, SENDERS, SenderSecret } from "./clouds";
import { DATABASE } from "./hold";
import { logIn, refreshStatus, tryRefresh, tryWebhook, webhookStatus } from "./load";

function signedOf({ signed }: Held): SecretText {
  if (!signed) throw new Error("no token is held");
  return signed;
}

const webhookTrials = (Object.keys(SENDERS) as SenderSecret[]).map(
  (name): [string, Trial<ProxpanelClouds>] => [
    name,
    {
      what: `an event signed with it at /api/webhooks/${SENDERS[name]}`,
      attempt: ({ clouds }, { value }) => tryWebhook(clouds, name, value),
      status: ({ clouds }, { value }) => webhookStatus(clouds, name, value),
    },
  ],
);

/** How each secret of proxpanel is tried. */
export const TRIALS: Readonly<Record<string, Trial<ProxpanelClouds>>> = {
  JWT_SECRET: {
    what: "an access token at /profile",
    attempt: ({ clouds }, it) => tryBearer(`${clouds.machine.url}/profile`, signedOf(it)),
    status: ({ clouds }, it) => bearerStatus(`${clouds.machine.url}/profile`, signedOf(it)),
  },
  JWT_REFRESH_SECRET: {
    what: "a refresh token at /api/auth/refresh",
    attempt: ({ clouds }, it) => tryRefresh(clouds.machine.url, signedOf(it)),
    status: ({ clouds }, it) => refreshStatus(clouds.machine.url, signedOf(it)),
  },
  POSTGRES_PASSWORD: databaseTrial(DATABASE),
  ADMIN_PASSWORD: {
    what: "the administrator's log-in",
    attempt: async ({ clouds }, { value }) =>
      (await logIn(clouds.machine.url, value)) === "refused" ? "refused" : "accepted",
  },
  BACKUP_ENCRYPTION_KEY: {
    what: "a backup made under it, opened on the machine",
    attempt: ({ clouds }, it) => tryBackup(clouds.machine, it),
  },
  ...Object.fromEntries(webhookTrials),
  PROXMOX_TOKEN_SECRET: {
    what: "a request to /api2/json/version of Proxmox",
    attempt: ({ clouds }, { username, value }) => tryProxmox(clouds, String(username), value),
  },
};

async function tryProxmox(
  { proxmox }: ProxpanelClouds,
  id: string,
  secret: SecretText,
): Promise<Answer> {
  const answer = await fetch(`${proxmox.url}/api2/json/version`, {
    headers: { authorization: `PVEAPIToken=${id}=${secret.reveal()}` },
    signal: AbortSignal.timeout(5_000),
  });
  await answer.arrayBuffer();
  if (answer.status === 200) return "accepted";
  if (answer.status === 401) return "refused";
  throw new Error(`Proxmox answered ${answer.status}: neither accepted nor refused`);
}
