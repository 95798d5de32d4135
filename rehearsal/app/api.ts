/** The mode `api`: log-in, sessions, items and forced password resets, over the database. */
import { Database } from "./database";
import { text } from "./fields";
import { readiness } from "./health";
import { endOnSigterm, HttpError, serve, type Handlers } from "./http";
import { log } from "./log";
import { CAPANEL } from "./schema";
import { databaseSettings, port, signingSettings, type Env } from "./settings";
import { Tokens } from "./tokens";
import { Users } from "./users";

const MIN_PASSWORD = 8;
const ITEMS_SHOWN = 20;

/** Serves until SIGTERM. Ready (`/readyz` 200) once the database lets its user in and the tables are there. */
export async function runApi(env: Env): Promise<void> {
  const listenOn = port(env);
  const database = new Database(databaseSettings(env), CAPANEL);
  const users = new Users(database, new Tokens(signingSettings(env)));
  const listening = await serve(listenOn, handlers(database, users));
  endOnSigterm(listening, () => database.end());
  log("INFO", "listening", { port: listening.port });
}

function handlers(database: Database, users: Users): Handlers {
  return {
    "GET /readyz": () => readiness(database),
    "GET /api/v1/utils/health-check": () => ({ body: true }),
    "POST /api/v1/login/access-token": async (call) => {
      const { username, password } = await call.body();
      const token = await users.logIn(text(username, "username"), text(password, "password"));
      return { body: { access_token: token, token_type: "bearer" } };
    },
    "POST /api/v1/login/force-password-reset": async (call) => {
      await users.administratorOf(call);
      const { affected_emails: emails, include_all_active_users: all } = await call.body();
      if ((emails === undefined) === (all !== true)) {
        throw new HttpError(422, "give either affected_emails or include_all_active_users: true");
      }
      return {
        body: { affected: await users.forceReset(all === true ? undefined : texts(emails)) },
      };
    },
    "GET /api/v1/users/me": async (call) => ({ body: await users.of(call) }),
    "PATCH /api/v1/users/me/password": async (call) => {
      const user = await users.of(call);
      const { current_password: current, new_password: next } = await call.body();
      await users.changePassword(user, text(current, "current_password"), newPassword(next));
      return { body: { message: "Password updated successfully" } };
    },
    "POST /api/v1/users": async (call) => {
      await users.administratorOf(call);
      const { email, password } = await call.body();
      return { status: 201, body: await users.add(text(email, "email"), newPassword(password)) };
    },
    "POST /api/v1/items": async (call) => {
      const user = await users.of(call);
      const title = text((await call.body())["title"], "title");
      const [item] = await database.rows(
        "INSERT INTO items (owner_id, title) VALUES ($1, $2) RETURNING id::float8 AS id, title",
        [user.id, title],
      );
      return { status: 201, body: item };
    },
    "GET /api/v1/items": async (call) => {
      const user = await users.of(call);
      const data = await database.rows(
        "SELECT id::float8 AS id, title FROM items WHERE owner_id = $1 ORDER BY id DESC LIMIT $2",
        [user.id, ITEMS_SHOWN],
      );
      return { body: { data } };
    },
  };
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) throw new HttpError(422, "affected_emails must be a list");
  return value.map((one) => text(one, "affected_emails"));
}

function newPassword(value: unknown): string {
  const password = text(value, "the new password");
  if (password.length < MIN_PASSWORD) {
    throw new HttpError(422, `the new password must have at least ${MIN_PASSWORD} characters`);
  }
  return password;
}
