/** The mode `project-backend`: log-ins, encrypted mailboxes, push messages, search, and work that agents do on a user's behalf. */
import { Database } from "../database";
import { optionalText, rowNumber, text } from "../fields";
import { readiness } from "../health";
import { endOnSigterm, serve, type Answer, type Call, type Handlers } from "../http";
import { keyringOf } from "../keyring";
import { log } from "../log";
import { Connections } from "../mgmt/connections";
import { Push } from "../panel/push";
import { vapidPairs } from "../panel/vapid";
import { address, databaseSettings, port, signingSettings, type Env } from "../settings";
import { Tokens } from "../tokens";
import { ask } from "../upstream";
import { Users, type User } from "../users";
import { Gmail } from "./gmail";
import { PROJECT } from "./schema";
import { SearchClient } from "./search-client";

const CONTACT = "mailto:operator@example.com";
/** Long enough for one call of the agents. */
const DELEGATION_LIFETIME = "60s";

interface Parts {
  readonly users: Users;
  readonly connections: Connections;
  readonly push: Push;
  readonly gmail: Gmail;
  readonly search: SearchClient;
  /** Signs for the agents; they verify. */
  readonly delegation: Tokens;
  readonly agentsUrl: string;
}

/** Serves until SIGTERM. Ready (`/readyz` 200) while the database lets its user in. Needs every secret at its start. */
export async function runBackend(env: Env): Promise<void> {
  const listenOn = port(env);
  const keyring = keyringOf(env);
  const outside = {
    gmail: new Gmail(env),
    search: new SearchClient(env),
    delegation: new Tokens(signingSettings(env, "DELEGATION_JWT_SECRET"), DELEGATION_LIFETIME),
    agentsUrl: address(env, "AGENTS_URL"),
  };
  const sessions = new Tokens(signingSettings(env, "JWT_SECRET"));
  const database = new Database(databaseSettings(env), PROJECT);
  const parts: Parts = {
    users: new Users(database, sessions),
    connections: new Connections(database, keyring),
    push: new Push(database, vapidPairs(env), CONTACT),
    ...outside,
  };
  const listening = await serve(listenOn, {
    "GET /readyz": () => readiness(database),
    ...logIns(parts),
    ...mailboxes(parts),
    ...pages(parts),
  });
  endOnSigterm(listening, () => database.end());
  log("INFO", "listening", { port: listening.port });
}

function logIns({ users }: Parts): Handlers {
  return {
    "POST /api/users": async (call) => {
      const { email, password } = await call.body();
      return {
        status: 201,
        body: await users.add(text(email, "email"), text(password, "password")),
      };
    },
    "POST /api/login": async (call) => {
      const { username, password } = await call.body();
      const token = await users.logIn(text(username, "username"), text(password, "password"));
      return { body: { access_token: token, token_type: "bearer" } };
    },
    "GET /api/me": async (call) => ({ body: await users.of(call) }),
  };
}

function mailboxes({ users, connections, gmail }: Parts): Handlers {
  return {
    "POST /api/connections": guarded(users, async (call, { id }) => {
      const { address: mailbox, access_token: access, refresh_token: refresh } = await call.body();
      const tokens = {
        access: text(access, "access_token"),
        refresh: optionalText(refresh, "refresh_token"),
      };
      return { status: 201, body: await connections.add(id, text(mailbox, "address"), tokens) };
    }),
    "GET /api/connections/:id/check": guarded(users, async (call, { id }) => ({
      body: await connections.check(id, rowNumber(call.params["id"])),
    })),
    "GET /api/gmail/start": guarded(users, (_call, { id }) => ({
      body: { client_id: gmail.clientId, state: gmail.state(id) },
    })),
    "POST /api/gmail/callback": guarded(users, async (call, { id, email }) => {
      const { state, code } = await call.body();
      gmail.check(text(state, "state"), id);
      const tokens = await gmail.exchange(text(code, "code"));
      return { status: 201, body: await connections.add(id, email, tokens) };
    }),
  };
}

function pages({ users, push, search, delegation, agentsUrl }: Parts): Handlers {
  return {
    "GET /api/push/key": () => ({ body: { public_key: push.publicKey() } }),
    "POST /api/push/subscriptions": guarded(users, async (call) => {
      const { endpoint, application_server_key: key } = await call.body();
      const used = optionalText(key, "application_server_key");
      return { status: 201, body: await push.subscribe(text(endpoint, "endpoint"), used) };
    }),
    "POST /api/push/send": guarded(users, async () => ({ body: await push.send() })),
    "POST /api/push/message": guarded(users, async (call) => ({
      body: await push.message(text((await call.body())["endpoint"], "endpoint")),
    })),
    "POST /api/search": guarded(users, async (call) => ({
      body: await search.find(text((await call.body())["q"], "q")),
    })),
    "POST /api/chat": guarded(users, async (call, { id }) => {
      const prompt = text((await call.body())["prompt"], "prompt");
      const authorization = `Bearer ${await delegation.issue(id)}`;
      return {
        body: await ask({ name: "agents", url: agentsUrl, authorization }, "/run", { prompt }),
      };
    }),
  };
}

function guarded(users: Users, page: (call: Call, user: User) => Answer | Promise<Answer>) {
  return async (call: Call) => page(call, await users.of(call));
}
