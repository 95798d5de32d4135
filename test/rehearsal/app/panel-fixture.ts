/** proxpanel before a rotation, in grace and after it: three instances on one database, with the services that they work with. */
import { createECDH } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import {
  startAlertingSimulator,
  startFlutterwaveSimulator,
  startPaystackSimulator,
} from "../../../rehearsal/clouds/simulators/payments";
import { startProxmoxSimulator } from "../../../rehearsal/clouds/simulators/proxmox";
import { startPushSimulator } from "../../../rehearsal/clouds/simulators/push";
import { startCapanelDatabase } from "../capanel-database";
import { call, instances, secret } from "./instances";

type Which = "old" | "fresh";
type Env = Record<string, string>;

const HOOKS = ["PAYSTACK_SECRET", "FLUTTERWAVE_WEBHOOK_HASH", "ALERTING_WEBHOOK_SECRET"];

/** A VAPID pair as web-push libraries make it. */
export function vapidPair() {
  const curve = createECDH("prime256v1");
  curve.generateKeys();
  // The library cuts leading zeros; the format does not.
  const scalar = Buffer.concat([Buffer.alloc(32), curve.getPrivateKey()]).subarray(-32);
  return {
    publicKey: curve.getPublicKey().toString("base64url"),
    privateKey: scalar.toString("base64url"),
  };
}

export async function startPanels() {
  const apps = instances();
  const [database, proxmox, push, paystack, flutterwave, alerting] = await Promise.all([
    startCapanelDatabase(),
    startProxmoxSimulator(),
    startPushSimulator(),
    startPaystackSimulator(),
    startFlutterwaveSimulator(),
    startAlertingSimulator(),
  ]);
  const admin = { username: "admin", password: secret() };
  const vapid = { old: vapidPair(), fresh: vapidPair() };
  const jwt = { old: secret(), fresh: secret() };
  const refresh = { old: secret(), fresh: secret() };
  const hooks = HOOKS.map(() => ({ old: secret(), fresh: secret() }));
  const token = proxmox.issue();
  const env: Env = {
    ...database.env,
    APP_MODE: "panel",
    POSTGRES_USER: "panel_a",
    POSTGRES_PASSWORD: await database.addUser("panel_a"),
    PROXMOX_URL: proxmox.url,
    PROXMOX_TOKEN_ID: token.id,
    PROXMOX_TOKEN_SECRET: token.secret.reveal(),
  };
  const tokens = (which: Which, suffix = ""): Env => ({
    [`JWT_SECRET${suffix}`]: jwt[which],
    [`JWT_REFRESH_SECRET${suffix}`]: refresh[which],
  });
  const others = (which: Which, suffix = ""): Env => ({
    [`VAPID_PUBLIC_KEY${suffix}`]: vapid[which].publicKey,
    [`VAPID_PRIVATE_KEY${suffix}`]: vapid[which].privateKey,
    ...Object.fromEntries(HOOKS.map((name, at) => [name + suffix, hooks[at]?.[which] ?? ""])),
  });
  const fresh: Env = { ...env, ...tokens("fresh"), ...others("fresh"), JWT_SECRET_KID: "panel-g2" };
  const grace = {
    ...fresh,
    ...tokens("old", "_ACCEPTED_A"),
    ...tokens("fresh", "_ACCEPTED_B"),
    ...others("old", "_PREVIOUS"),
  };
  const stop = async () => {
    await apps.stop();
    const all = [database, proxmox, push, paystack, flutterwave, alerting];
    await Promise.all(all.map((one) => one.stop()));
  };
  const seed = (password: string) =>
    apps.job({
      ...env,
      APP_MODE: "seed-admin",
      ADMIN_USER: admin.username,
      ADMIN_PASSWORD: password,
    });
  try {
    const [before, during, after] = await Promise.all([
      apps.start({ ...env, ...tokens("old"), ...others("old") }),
      apps.start(grace),
      apps.start(fresh),
      seed(admin.password),
    ]);
    return {
      apps,
      database,
      proxmox,
      push,
      /** Who sends webhooks, with the secrets that the instances know. */
      senders: [paystack, flutterwave, alerting].map((sender, at) => ({
        sender,
        secrets: {
          old: new SecretText(hooks[at]?.old ?? ""),
          fresh: new SecretText(hooks[at]?.fresh ?? ""),
        },
      })),
      admin,
      vapid,
      jwt,
      refresh,
      /** The settings after the rotation. */
      env: fresh,
      urls: { old: before.url, grace: during.url, after: after.url },
      seed,
      logIn: async (url: string) =>
        (await call(`${url}/api/auth/login`, { body: admin })).body as unknown as {
          access_token: string;
          refresh_token: string;
        },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The header that carries an access token. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
