import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { generateFernetKey } from "../../../rehearsal/app/fernet";
import {
  startOpenAiSimulator,
  type OpenAiSimulator,
} from "../../../rehearsal/clouds/simulators/openai";
import {
  startStripeSimulator,
  type StripeSimulator,
} from "../../../rehearsal/clouds/simulators/stripe";
import { startCapanelDatabase } from "../capanel-database";
import { call, instances, secret } from "./instances";

describe("rehearsal/app in the mode mgmt", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  const apps = instances();
  const keys = { k1: generateFernetKey(), k2: generateFernetKey() };
  const sessions = { old: secret(), fresh: secret() };
  const account = { email: "someone@example.com", password: secret() };
  let database: Awaited<ReturnType<typeof startCapanelDatabase>>;
  let stripe: StripeSimulator;
  let openai: OpenAiSimulator;
  let env: Record<string, string>;
  /** Before the rotation, in grace, and after the old generations are retired. */
  let urls: { old: string; grace: string; after: string };

  before(async () => {
    [database, stripe, openai] = await Promise.all([
      startCapanelDatabase(),
      startStripeSimulator(),
      startOpenAiSimulator(),
    ]);
    const stripeKeys = stripe.issue();
    env = {
      ...database.env,
      APP_MODE: "mgmt",
      POSTGRES_USER: "mgmt_a",
      POSTGRES_PASSWORD: await database.addUser("mgmt_a"),
      OPENAI_URL: openai.url,
      OPENAI_API_KEY: openai.issue().reveal(),
      STRIPE_URL: stripe.url,
      STRIPE_PUBLISHABLE_KEY: stripeKeys.publishable,
      STRIPE_SECRET_KEY: stripeKeys.secret.reveal(),
    };
    const [old, grace, after] = await Promise.all([
      apps.start({
        ...env,
        SESSION_SECRET: sessions.old,
        ENCRYPTION_KEY: keys.k1,
        ENCRYPTION_KEY_VERSIONS: "1",
      }),
      apps.start({
        ...env,
        SESSION_SECRET: sessions.fresh,
        SESSION_SECRET_ACCEPTED_A: sessions.old,
        SESSION_SECRET_ACCEPTED_B: sessions.fresh,
        ENCRYPTION_KEY: `${keys.k2},${keys.k1}`,
        ENCRYPTION_KEY_VERSIONS: "2,1",
      }),
      apps.start({
        ...env,
        SESSION_SECRET: sessions.fresh,
        ENCRYPTION_KEY: keys.k2,
        ENCRYPTION_KEY_VERSIONS: "2",
      }),
    ]);
    urls = { old: old.url, grace: grace.url, after: after.url };
    assert.equal((await call(`${old.url}/api/accounts`, { body: account })).status, 201);
  });

  after(async () => {
    await apps.stop();
    await Promise.all([stripe.stop(), openai.stop(), database.stop()]);
  });

  async function logIn(url: string) {
    const { status, headers } = await call(`${url}/api/login`, { body: account });
    assert.equal(status, 200);
    const cookie = headers.get("set-cookie") ?? "";
    return { cookie: cookie.split(";")[0] ?? "", attributes: cookie };
  }

  const me = async (url: string, cookie?: string) =>
    (await call(`${url}/api/me`, { headers: cookie === undefined ? {} : { cookie } })).status;

  it("is healthy while the database lets it in, and says who it is there", async () => {
    const { status, body } = await call(`${urls.grace}/api/health`);
    assert.deepEqual(
      [status, body],
      [200, { database: "ok", user: "mgmt_a", role: "capanel_owner" }],
    );
  });

  it("sets a cookie that scripts cannot read and other sites do not send", async () => {
    const { attributes } = await logIn(urls.grace);
    assert.match(
      attributes,
      /^session=[\w-]{43}\.[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    const { headers } = await call(`${urls.grace}/api/login`, {
      body: account,
      headers: { "x-forwarded-proto": "https" },
    });
    assert.match(headers.get("set-cookie") ?? "", /; Secure$/);
    const sid = attributes.slice("session=".length).split(".")[0] ?? "";
    assert.ok(!JSON.stringify(await database.query("SELECT * FROM sessions")).includes(sid));
  });

  it("accepts cookies of the previous secret in grace, and answers 401 once it is retired", async () => {
    const { cookie } = await logIn(urls.old);
    assert.deepEqual([await me(urls.old, cookie), await me(urls.grace, cookie)], [200, 200]);
    assert.equal(await me(urls.after, cookie), 401);
    const fresh = (await logIn(urls.grace)).cookie;
    assert.deepEqual([await me(urls.grace, fresh), await me(urls.after, fresh)], [200, 200]);
    assert.equal(await me(urls.old, fresh), 401);
  });

  it("answers 401, never 500, to whatever is no cookie of its own", async () => {
    const { cookie } = await logIn(urls.grace);
    const [sid = "", mac = ""] = cookie.slice("session=".length).split(".");
    const bad = [
      undefined,
      "",
      "session=",
      "session=a.b",
      `session=${sid}`,
      `session=${sid}.${"A".repeat(43)}`,
      `session=${"A".repeat(43)}.${mac}`,
      `session=${mac}.${sid}`,
      `other=${sid}.${mac}`,
      `xsession=${sid}.${mac}`,
      `session=${sid}.${mac}x`,
      `session=${"x".repeat(5000)}`,
      "session=%00'; DROP TABLE sessions",
    ];
    for (const one of bad) assert.equal(await me(urls.grace, one), 401);
    assert.equal(await me(urls.grace, `theme=dark; ${cookie}; lang=en`), 200);
    await database.query("UPDATE sessions SET expires_at = now()");
    assert.equal(await me(urls.grace, cookie), 401);
  });

  it("refuses wrong passwords, unknown accounts and a second sign-up", async () => {
    const wrong = await call(`${urls.grace}/api/login`, {
      body: { ...account, password: "wrong" },
    });
    const unknown = await call(`${urls.grace}/api/login`, {
      body: { ...account, email: "x@example.com" },
    });
    assert.deepEqual([wrong.status, wrong.text], [401, unknown.text]);
    assert.equal((await call(`${urls.grace}/api/accounts`, { body: account })).status, 409);
    const short = { email: "y@example.com", password: "short" };
    assert.equal((await call(`${urls.grace}/api/accounts`, { body: short })).status, 422);
  });

  it("keeps tokens encrypted under the active key and reads what older keys wrote", async () => {
    const headers = { cookie: (await logIn(urls.grace)).cookie };
    const oldHeaders = { cookie: (await logIn(urls.old)).cookie };
    const tokens = { access_token: secret(), refresh_token: secret() };
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const add = async (url: string, by: Record<string, string>) => {
      const body = { address: "inbox@example.com", ...tokens };
      const made = await call(`${url}/api/connections`, { headers: by, body });
      assert.equal(made.status, 201);
      return made.body as unknown as { id: number; encryption_key_version: number };
    };
    const [first, second] = [await add(urls.old, oldHeaders), await add(urls.grace, headers)];
    assert.deepEqual([first.encryption_key_version, second.encryption_key_version], [1, 2]);
    for (const { id, encryption_key_version } of [first, second]) {
      const { status, body } = await call(`${urls.grace}/api/connections/${id}/check`, { headers });
      assert.equal(status, 200);
      assert.deepEqual(body, {
        id,
        encryption_key_version,
        access_token_sha256: sha256(tokens.access_token),
        refresh_token_sha256: sha256(tokens.refresh_token),
      });
    }
    const lost = await call(`${urls.after}/api/connections/${first.id}/check`, { headers });
    assert.deepEqual([lost.status, lost.body["code"]], [500, "decryption_failed"]);
    const rows = JSON.stringify(await database.query("SELECT * FROM email_connections"));
    assert.ok(!rows.includes(tokens.access_token) && !rows.includes(tokens.refresh_token));
    const again = { method: "PUT", headers, body: { access_token: secret() } };
    const changed = await call(`${urls.grace}/api/connections/${first.id}`, again);
    assert.equal(changed.body["encryption_key_version"], 2);
    const listed = await call(`${urls.grace}/api/connections`, { headers });
    assert.deepEqual(
      listed.field<{ id: number }[]>("data").map((one) => one.id),
      [second.id, first.id],
    );
    assert.ok(!listed.text.includes("encrypted"));
  });

  it("shows and changes nobody else's mailboxes, and needs a session for all of it", async () => {
    const stranger = { email: "stranger@example.com", password: secret() };
    await call(`${urls.grace}/api/accounts`, { body: stranger });
    const { headers } = await call(`${urls.grace}/api/login`, { body: stranger });
    const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
    const check = (id: string, by: Record<string, string>) =>
      call(`${urls.grace}/api/connections/${id}/check`, { headers: by });
    for (const id of ["1", "999999", "0", "x", "1e3", "9".repeat(30)]) {
      assert.equal((await check(id, { cookie })).status, 404);
    }
    const change = { method: "PUT", headers: { cookie }, body: { access_token: "x" } };
    assert.equal((await call(`${urls.grace}/api/connections/1`, change)).status, 404);
    for (const [path, body] of [
      ["connections", undefined],
      ["connections", {}],
      ["connections/1/check", undefined],
      ["pay", {}],
      ["complete", {}],
    ] as const) {
      assert.equal((await call(`${urls.grace}/api/${path}`, { body })).status, 401);
    }
  });

  it("pays and completes with live keys, and names a refused key, an outage and a bad order", async () => {
    const headers = { cookie: (await logIn(urls.grace)).cookie };
    const order = { amount: 1000, currency: "eur" };
    const paid = await call(`${urls.grace}/api/pay`, { headers, body: order });
    assert.equal(paid.status, 200);
    assert.match(paid.field("id"), /^pi_/);
    const said = await call(`${urls.grace}/api/complete`, { headers, body: { prompt: "Hello" } });
    assert.deepEqual(said.body, { text: "You said: Hello" });
    const config = await call(`${urls.grace}/api/config`);
    assert.equal(config.body["stripe_publishable_key"], env["STRIPE_PUBLISHABLE_KEY"]);
    assert.equal(
      (await call(`${urls.grace}/api/pay`, { headers, body: { amount: 1.5 } })).status,
      422,
    );

    const bad = await apps.start({
      ...env,
      SESSION_SECRET: sessions.fresh,
      ENCRYPTION_KEY: keys.k2,
      ENCRYPTION_KEY_VERSIONS: "2",
      STRIPE_SECRET_KEY: "sk_test_revoked",
      OPENAI_URL: "http://127.0.0.1:1",
    });
    const refused = await call(`${bad.url}/api/pay`, { headers, body: order });
    assert.deepEqual([refused.status, refused.body["code"]], [502, "stripe_refused_key"]);
    const away = await call(`${bad.url}/api/complete`, { headers, body: { prompt: "Hello" } });
    assert.deepEqual([away.status, away.body["code"]], [502, "openai_unreachable"]);
    assert.deepEqual(await bad.child.stop(), { code: 0, signal: null });
    assert.ok(!bad.child.tail().includes("sk_test_revoked"));
  });

  it("does not start without a secret, and names the variable", async () => {
    const { code, log } = await apps.job({ ...env, PORT: "0" });
    assert.equal(code, 1);
    assert.match(log, /SESSION_SECRET is missing/);
  });
});
