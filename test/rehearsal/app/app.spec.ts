import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { resolve } from "node:path";
import { SignJWT } from "jose";
import { freePort } from "../../../rehearsal/clouds/postgres";
import { launch, until, type Child } from "../../../rehearsal/processes";
import { startCapanelDatabase } from "../capanel-database";

const MAIN = resolve(__dirname, "../../../rehearsal/app/main.cjs");
const secret = () => randomBytes(32).toString("base64url");

describe("rehearsal/app", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  let database: Awaited<ReturnType<typeof startCapanelDatabase>>;
  const children: Child[] = [];
  const keys = { old: secret(), fresh: secret(), retired: secret() };
  const admin = { username: "admin@example.com", password: secret() };
  let env: Record<string, string>;
  let api: Awaited<ReturnType<typeof start>>;

  async function run(more: Record<string, string>) {
    const child = await launch({
      name: more["APP_MODE"] ?? "the application",
      command: process.execPath,
      args: [MAIN],
      env: { PATH: process.env["PATH"] ?? "", ...more },
      leash: "wrapped",
    });
    children.push(child);
    return child;
  }

  async function start(more: Record<string, string>) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = await run({ ...more, PORT: String(port) });
    await child.ready(async () => (await fetch(`${url}/readyz`)).ok, 20_000);
    return { url, child };
  }

  const call = async (
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    url = api.url,
  ) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Any };
  };
  type Any = Record<string, never>;

  const logIn = async (credentials: { username: string; password: string } = admin) => {
    const { status, body } = await call(
      "POST",
      "/api/v1/login/access-token",
      undefined,
      credentials,
    );
    assert.equal(status, 200);
    return body["access_token"] as unknown as string;
  };

  before(async () => {
    database = await startCapanelDatabase();
    env = {
      ...database.env,
      POSTGRES_USER: "capanel_a",
      POSTGRES_PASSWORD: await database.addUser("capanel_a"),
      SECRET_KEY: keys.fresh,
      SECRET_KEY_ACCEPTED_A: keys.old,
      SECRET_KEY_ACCEPTED_B: keys.fresh,
    };
    const seed = { ...env, APP_MODE: "seed-admin", FIRST_SUPERUSER_PASSWORD: admin.password };
    // Two instances and the job migrate at once.
    const [job, first] = await Promise.all([
      run(seed),
      start({ ...env, APP_MODE: "api" }),
      start({ ...env, APP_MODE: "api" }),
    ]);
    assert.deepEqual(await job.exit, { code: 0, signal: null });
    api = first;
  });

  after(async () => {
    await Promise.all(children.map((child) => child.stop()));
    await database.stop();
  });

  it("says who it is to the database, and its tables belong to the owner role", async () => {
    assert.deepEqual((await call("GET", "/readyz")).body, {
      database: "ok",
      user: "capanel_a",
      role: "capanel_owner",
    });
    const owners = await database.query(
      "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
    );
    assert.deepEqual(owners, [{ tableowner: "capanel_owner" }]);
  });

  it("logs in with JSON or a form, and refuses a wrong password and an unknown user alike", async () => {
    await logIn();
    const form = await fetch(`${api.url}/api/v1/login/access-token`, {
      method: "POST",
      body: new URLSearchParams(admin),
    });
    assert.equal(form.status, 200);
    const answers = await Promise.all(
      [
        { ...admin, password: "wrong" },
        { ...admin, username: "x@example.com" },
      ].map((one) => call("POST", "/api/v1/login/access-token", undefined, one)),
    );
    assert.deepEqual(answers, [
      { status: 401, body: { detail: "Incorrect email or password" } },
      { status: 401, body: { detail: "Incorrect email or password" } },
    ]);
  });

  it("accepts tokens of every accepted key and answers 401, never 500, to any other", async () => {
    const forge = (key: string, subject = "1", alg = "HS256") =>
      new SignJWT()
        .setProtectedHeader({ alg })
        .setSubject(subject)
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(key));
    const me = async (token?: string) => (await call("GET", "/api/v1/users/me", token)).status;
    assert.equal(await me(await forge(keys.fresh)), 200);
    assert.equal(await me(await forge(keys.old)), 200);
    const bad = [
      undefined,
      "",
      "garbage",
      "a.b.c",
      await forge(keys.retired),
      await forge(keys.fresh, "1", "HS512"),
      await forge(keys.fresh, "99999"),
      await forge(keys.fresh, "99999999999999999999999"),
      await forge(keys.fresh, "1; DROP TABLE users"),
      `${await forge(keys.fresh)}x`,
      await new SignJWT()
        .setProtectedHeader({ alg: "HS256" })
        .setSubject("1")
        .setExpirationTime(1)
        .sign(new TextEncoder().encode(keys.fresh)),
    ];
    for (const token of bad) assert.equal(await me(token), 401);
  });

  it("writes and reads items of the token's user", async () => {
    const token = await logIn();
    const made = await call("POST", "/api/v1/items", token, { title: "one" });
    assert.equal(made.status, 201);
    const { body } = await call("GET", "/api/v1/items", token);
    assert.equal((body["data"] as unknown as { title: string }[])[0]?.title, "one");
    assert.equal((await call("GET", "/api/v1/items")).status, 401);
    assert.equal((await call("POST", "/api/v1/items", token, { title: "" })).status, 422);
  });

  it("forces resets for administrators only, until the password is changed", async () => {
    const token = await logIn();
    const user = { username: "someone@example.com", password: secret() };
    const { username: email, password } = user;
    assert.equal((await call("POST", "/api/v1/users", token, { email, password })).status, 201);
    const theirs = await logIn(user);
    const force = (by: string, body: unknown) =>
      call("POST", "/api/v1/login/force-password-reset", by, body);
    assert.equal((await force(theirs, { include_all_active_users: true })).status, 403);
    assert.equal((await force(token, {})).status, 422);
    assert.deepEqual((await force(token, { affected_emails: [email] })).body, {
      affected: [email],
    });
    const flag = async () =>
      (await call("GET", "/api/v1/users/me", theirs)).body["password_reset_required"];
    assert.equal(await flag(), true);
    const change = (current: string, next: string) =>
      call("PATCH", "/api/v1/users/me/password", theirs, {
        current_password: current,
        new_password: next,
      });
    assert.equal((await change("wrong", secret())).status, 400);
    assert.equal((await change(password, secret())).status, 200);
    assert.equal(await flag(), false);
    const all = await force(token, { include_all_active_users: true });
    assert.deepEqual(all.body, { affected: [admin.username, email] });
  });

  it("answers bad bodies with 4xx and without quoting them", async () => {
    for (const [body, status] of [
      ["{secret", 400],
      ["[1]", 400],
      ["x".repeat(70_000), 413],
    ] as const) {
      const response = await fetch(`${api.url}/api/v1/login/access-token`, {
        method: "POST",
        body,
      });
      assert.equal(response.status, status);
      assert.ok(!(await response.text()).includes("secret"));
    }
    assert.equal((await call("GET", "/nowhere")).status, 404);
  });

  it("is not ready with a wrong password, and says so without it", async () => {
    const port = await freePort();
    const password = secret();
    const child = await run({
      ...env,
      APP_MODE: "api",
      POSTGRES_PASSWORD: password,
      PORT: String(port),
    });
    const ready = () => call("GET", "/readyz", undefined, undefined, `http://127.0.0.1:${port}`);
    await until("it listens", async () => (await ready()).status > 0, 20_000);
    assert.deepEqual(await ready(), {
      status: 503,
      body: { database: "unavailable", code: "28P01" },
    });
    await child.stop();
    assert.match(child.tail(), /password authentication failed/);
    assert.ok(!child.tail().includes(password));
  });

  it("fails the job when the database refuses its user or a variable is missing", async () => {
    const seed = { ...env, APP_MODE: "seed-admin", FIRST_SUPERUSER_PASSWORD: secret() };
    const [refused, missing] = await Promise.all([
      run({ ...seed, POSTGRES_PASSWORD: "wrong" }),
      run({ ...env, APP_MODE: "seed-admin" }),
    ]);
    assert.equal((await refused.exit).code, 1);
    assert.equal((await missing.exit).code, 1);
    assert.match(missing.tail(), /FIRST_SUPERUSER_PASSWORD is missing/);
    await logIn();
  });

  it("answers what is under way before it ends on SIGTERM, with no secret in its log", async () => {
    const { url, child } = await start({ ...env, APP_MODE: "api" });
    const body = JSON.stringify(admin);
    const underWay = Array.from({ length: 4 }, () =>
      request(`${url}/api/v1/login/access-token`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          expect: "100-continue",
        },
      }),
    );
    const answers = underWay.map(async (one) => {
      const [answer] = (await once(one, "response")) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    });
    underWay.forEach((one) => one.flushHeaders());
    // The application asks for the body: it has the request, which is then under way.
    await Promise.all(underWay.map((one) => once(one, "continue")));
    const ended = child.stop();
    underWay.forEach((one) => one.end(body));
    assert.deepEqual(await Promise.all(answers), [200, 200, 200, 200]);
    assert.deepEqual(await ended, { code: 0, signal: null });
    for (const value of [admin.password, ...Object.values(keys), env["POSTGRES_PASSWORD"] ?? ""]) {
      assert.ok(!child.tail().includes(value));
    }
    const line = JSON.parse(child.tail().trim().split("\n").at(-1) ?? "") as { status: number };
    assert.equal(line.status, 200);
  });

  it("bakes the key into the web bundle at start", async () => {
    const { url } = await start({ APP_MODE: "web", VITE_STRAPI_API_KEY: 'key-"1"' });
    const bundle = await (await fetch(`${url}/assets/app.js`)).text();
    assert.ok(bundle.includes('"Bearer " + "key-\\"1\\""'));
    assert.match(await (await fetch(`${url}/`)).text(), /assets\/app\.js/);
    const child = await run({ APP_MODE: "web", PORT: "0" });
    assert.equal((await child.exit).code, 1);
    assert.match(child.tail(), /VITE_STRAPI_API_KEY is missing/);
  });
});
