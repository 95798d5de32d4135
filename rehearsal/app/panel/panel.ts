/** The mode `panel`: proxpanel, a self-hosted panel over Proxmox with tokens, webhooks of payment providers and push messages. */
import { Database } from "../database";
import { optionalText, text } from "../fields";
import { readiness } from "../health";
import { endOnSigterm, serve, type Answer, type Call, type Handlers } from "../http";
import { log } from "../log";
import { address, databaseSettings, port, required, type Env } from "../settings";
import { ask, type Upstream } from "../upstream";
import { Auth, type PanelUser } from "./auth";
import { Push } from "./push";
import { PANEL } from "./schema";
import { accessKeys, textKeys } from "./token-keys";
import { vapidPairs } from "./vapid";
import { webhooks } from "./webhooks";

const CONTACT = "mailto:operator@example.com";
const TOKEN_ID = /^[^@!=\s]+@[^@!=\s]+![\w.-]+$/;
const AUDIT_SHOWN = 20;

/** Serves until SIGTERM. Ready (`/readyz` and `/api/health` 200) while the database lets its user in. Push is on where a pair is set. */
export async function runPanel(env: Env): Promise<void> {
  const listenOn = port(env);
  const proxmox = proxmoxOf(env);
  const keys = {
    access: await accessKeys(env),
    refresh: textKeys(env, "JWT_REFRESH_SECRET"),
  };
  const database = new Database(databaseSettings(env), PANEL);
  const auth = new Auth(database, keys);
  const push = new Push(database, vapidPairs(env), CONTACT);
  const listening = await serve(listenOn, {
    "GET /readyz": () => readiness(database),
    "GET /api/health": () => readiness(database),
    ...logIns(auth),
    ...pages(auth, database, proxmox),
    ...webhooks(env, database),
    ...pushes(auth, push),
  });
  endOnSigterm(listening, () => database.end());
  log("INFO", "listening", { port: listening.port });
}

function proxmoxOf(env: Env): Upstream {
  const id = required(env, "PROXMOX_TOKEN_ID");
  if (!TOKEN_ID.test(id)) {
    throw new Error("environment variable PROXMOX_TOKEN_ID must be USER@REALM!TOKENID");
  }
  const authorization = `PVEAPIToken=${id}=${required(env, "PROXMOX_TOKEN_SECRET")}`;
  return { name: "proxmox", url: address(env, "PROXMOX_URL"), authorization };
}

function logIns(auth: Auth): Handlers {
  return {
    "POST /api/auth/login": async (call) => {
      const { username, password } = await call.body();
      return { body: await auth.logIn(text(username, "username"), text(password, "password")) };
    },
    "POST /api/auth/refresh": async (call) => {
      const { refresh_token: token } = await call.body();
      return { body: await auth.renew(text(token, "refresh_token")) };
    },
  };
}

function pages(auth: Auth, database: Database, proxmox: Upstream): Handlers {
  return {
    "GET /rbac": guarded(auth, () => ({ body: { roles: ["administrator"] } })),
    "GET /profile": guarded(auth, (_, { username }) => ({ body: { username } })),
    "GET /system": guarded(auth, async () => {
      const { data } = await ask(proxmox, "/api2/json/version");
      return { body: { proxmox: (data as { version?: string } | null)?.version } };
    }),
    "GET /audit-logs": guarded(auth, async () => ({
      body: {
        data: await database.rows(
          "SELECT at, actor, action FROM audit_logs ORDER BY id DESC LIMIT $1",
          [AUDIT_SHOWN],
        ),
      },
    })),
  };
}

function pushes(auth: Auth, push: Push): Handlers {
  return {
    "GET /api/push/key": () => ({ body: { public_key: push.publicKey() } }),
    "POST /api/push/subscriptions": guarded(auth, async (call) => {
      const { endpoint, application_server_key: key } = await call.body();
      const used = optionalText(key, "application_server_key");
      return { status: 201, body: await push.subscribe(text(endpoint, "endpoint"), used) };
    }),
    "POST /api/push/send": guarded(auth, async () => ({ body: await push.send() })),
    "POST /api/push/message": guarded(auth, async (call) => ({
      body: await push.message(text((await call.body())["endpoint"], "endpoint")),
    })),
  };
}

function guarded(auth: Auth, page: (call: Call, user: PanelUser) => Answer | Promise<Answer>) {
  return async (call: Call) => page(call, await auth.userOf(call));
}
