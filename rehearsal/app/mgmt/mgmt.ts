/** The mode `mgmt`: mgmt-vibe, an application with cookie sessions, encrypted mailbox tokens, payments and completions. */
import { Database } from "../database";
import { optionalText, rowNumber, text } from "../fields";
import { readiness } from "../health";
import { endOnSigterm, HttpError, serve, type Call, type Handlers } from "../http";
import { keyringOf } from "../keyring";
import { log } from "../log";
import { address, databaseSettings, port, required, signingSettings, type Env } from "../settings";
import { ask, type Upstream } from "../upstream";
import { Connections, type OAuthTokens } from "./connections";
import { MGMT } from "./schema";
import { Sessions } from "./sessions";

const MODEL = "gpt-4o-mini";

interface Parts {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly connections: Connections;
  readonly stripe: Upstream;
  readonly openai: Upstream;
  readonly publishableKey: string;
}

/** Serves until SIGTERM. Ready (`/readyz` and `/api/health` 200) while the database lets its user in. Needs every secret at its start. */
export async function runMgmt(env: Env): Promise<void> {
  const listenOn = port(env);
  const bearer = (name: string) => `Bearer ${required(env, name)}`;
  const [signing, keyring] = [signingSettings(env, "SESSION_SECRET"), keyringOf(env)];
  const upstreams = {
    stripe: {
      name: "stripe",
      url: address(env, "STRIPE_URL"),
      authorization: bearer("STRIPE_SECRET_KEY"),
    },
    openai: {
      name: "openai",
      url: address(env, "OPENAI_URL"),
      authorization: bearer("OPENAI_API_KEY"),
    },
    publishableKey: required(env, "STRIPE_PUBLISHABLE_KEY"),
  };
  const database = new Database(databaseSettings(env), MGMT);
  const sessions = new Sessions(database, signing);
  const connections = new Connections(database, keyring);
  const parts = { database, sessions, connections, ...upstreams };
  const listening = await serve(listenOn, {
    ...accounts(parts),
    ...mailboxes(parts),
    ...services(parts),
  });
  endOnSigterm(listening, () => database.end());
  log("INFO", "listening", { port: listening.port });
}

function accounts({ database, sessions }: Parts): Handlers {
  return {
    "GET /readyz": () => readiness(database),
    "GET /api/health": () => readiness(database),
    "POST /api/accounts": async (call) => {
      const { email, password } = await call.body();
      const account = await sessions.signUp(text(email, "email"), text(password, "password"));
      return { status: 201, body: account };
    },
    "POST /api/login": async (call) => {
      const { email, password } = await call.body();
      const cookie = await sessions.logIn(text(email, "email"), text(password, "password"), call);
      return { headers: { "set-cookie": cookie }, body: { message: "Logged in" } };
    },
    "GET /api/me": async (call) => ({ body: await sessions.accountOf(call) }),
  };
}

function mailboxes({ sessions, connections }: Parts): Handlers {
  return {
    "POST /api/connections": async (call) => {
      const { id } = await sessions.accountOf(call);
      const mailbox = text((await call.body())["address"], "address");
      return { status: 201, body: await connections.add(id, mailbox, await tokens(call)) };
    },
    "GET /api/connections": async (call) => {
      const { id } = await sessions.accountOf(call);
      return { body: { data: await connections.list(id) } };
    },
    "PUT /api/connections/:id": async (call) => {
      const { id } = await sessions.accountOf(call);
      const row = rowNumber(call.params["id"]);
      return { body: await connections.replace(id, row, await tokens(call)) };
    },
    "GET /api/connections/:id/check": async (call) => {
      const { id } = await sessions.accountOf(call);
      return { body: await connections.check(id, rowNumber(call.params["id"])) };
    },
  };
}

function services({ sessions, stripe, openai, publishableKey }: Parts): Handlers {
  return {
    "GET /api/config": () => ({ body: { stripe_publishable_key: publishableKey } }),
    "POST /api/pay": async (call) => {
      await sessions.accountOf(call);
      const { amount, currency } = await call.body();
      if (!Number.isInteger(amount) || Number(amount) <= 0) {
        throw new HttpError(422, "amount must be a whole number above 0, in the smallest unit");
      }
      const form = { amount: String(amount), currency: text(currency, "currency") };
      const { id, status } = await ask(stripe, "/v1/payment_intents", new URLSearchParams(form));
      return { body: { id, status } };
    },
    "POST /api/complete": async (call) => {
      await sessions.accountOf(call);
      const content = text((await call.body())["prompt"], "prompt");
      const messages = [{ role: "user", content }];
      const answer = await ask(openai, "/v1/chat/completions", { model: MODEL, messages });
      const [choice] = answer["choices"] as { message: { content: string } }[];
      return { body: { text: choice?.message.content } };
    },
  };
}

async function tokens(call: Call): Promise<OAuthTokens> {
  const { access_token: access, refresh_token: refresh } = await call.body();
  return {
    access: text(access, "access_token"),
    refresh: optionalText(refresh, "refresh_token"),
  };
}
