import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, SignJWT } from "jose";
import { jwkSet, publicJwk } from "../../../components/secrets/key-formats";
import { call, logged, secret } from "./instances";
import { bearer, startPanels } from "./panel-fixture";

/** A pair as the tls provider makes it, with its public half as verifiers get it. */
function keyPair(generation: number) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `proxpanel-jwt-g${generation}`;
  const pem = String(publicKey.export({ type: "spki", format: "pem" }));
  return {
    kid,
    pem: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    jwk: publicJwk(pem, kid, "ES256"),
  };
}
type KeyPair = ReturnType<typeof keyPair>;

const PAGES = ["/rbac", "/profile", "/system", "/audit-logs"];

describe("rehearsal/app in the mode panel", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  let panels: Awaited<ReturnType<typeof startPanels>>;

  before(async () => {
    panels = await startPanels();
  });

  after(() => panels.stop());

  const get = (url: string, path: string, token: string) =>
    call(url + path, { headers: bearer(token) });
  const profile = async (url: string, token: string) => (await get(url, "/profile", token)).status;
  const renew = (url: string, token: string) =>
    call(`${url}/api/auth/refresh`, { body: { refresh_token: token } });

  it("serves its core pages to an administrator and to nobody else", async () => {
    const { access_token: token } = await panels.logIn(panels.urls.grace);
    for (const path of PAGES) {
      assert.equal((await get(panels.urls.grace, path, token)).status, 200);
      assert.equal((await call(panels.urls.grace + path)).status, 401);
    }
    assert.deepEqual((await get(panels.urls.grace, "/profile", token)).body, { username: "admin" });
    assert.match((await get(panels.urls.grace, "/system", token)).field("proxmox"), /^\d/);
    assert.match((await get(panels.urls.grace, "/audit-logs", token)).text, /"action":"login"/);
    assert.equal((await call(`${panels.urls.grace}/api/health`)).status, 200);
    const wrong = { ...panels.admin, password: "wrong" };
    assert.equal((await call(`${panels.urls.grace}/api/auth/login`, { body: wrong })).status, 401);
  });

  it("accepts tokens of the previous secrets in grace and answers 401 once they are retired", async () => {
    const old = await panels.logIn(panels.urls.old);
    assert.deepEqual(
      await Promise.all(Object.values(panels.urls).map((url) => profile(url, old.access_token))),
      [200, 200, 401],
    );
    const renewed = await renew(panels.urls.grace, old.refresh_token);
    assert.equal(renewed.status, 200);
    assert.equal(await profile(panels.urls.after, renewed.field("access_token")), 200);
    assert.equal((await renew(panels.urls.after, old.refresh_token)).status, 401);
    assert.equal(decodeProtectedHeader(renewed.field("access_token")).kid, "panel-g2");
    assert.equal(decodeProtectedHeader(old.access_token).kid, undefined);
  });

  it("answers 401, never 500, to tokens of another kind, key, session or form", async () => {
    const good = await panels.logIn(panels.urls.grace);
    const forge = (key: string, claims: Record<string, unknown>, alg = "HS256") =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, kid: "panel-g2" })
        .setSubject("1")
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(key));
    const gone = { sid: "00000000-0000-4000-8000-000000000000", use: "access" };
    const bad = [
      "",
      "a.b.c",
      `${good.access_token}x`,
      good.refresh_token,
      await forge(secret(), gone),
      await forge(panels.jwt.fresh, gone),
      await forge(panels.jwt.fresh, { ...gone, sid: "'; DROP TABLE" }),
      await forge(panels.jwt.fresh, { use: "access" }),
      await forge(panels.jwt.fresh, gone, "HS512"),
    ];
    for (const token of bad) assert.equal(await profile(panels.urls.grace, token), 401);
    for (const token of [good.access_token, "x", await forge(panels.refresh.fresh, gone)]) {
      assert.equal((await renew(panels.urls.grace, token)).status, 401);
    }
    assert.equal((await call(`${panels.urls.grace}/api/auth/refresh`, { body: {} })).status, 422);
  });

  it("verifies tokens of a pair by their kid: of every live key in grace, of the new one after it", async () => {
    const [first, second] = [keyPair(1), keyPair(2)];
    const withKeys = async (signer: KeyPair, live: readonly KeyPair[]) =>
      (
        await panels.apps.start({
          ...panels.env,
          JWT_SECRET: signer.pem,
          JWT_SECRET_KID: signer.kid,
          JWT_SECRET_ALGORITHM: "ES256",
          JWT_JWKS: jwkSet(live.map(({ jwk }) => jwk)),
        })
      ).url;
    const grace = await withKeys(second, [second, first]);
    const after = await withKeys(second, [second]);
    const old = await panels.logIn(await withKeys(first, [first, second]));
    const fresh = await panels.logIn(grace);
    assert.deepEqual(
      [old, fresh].map((pair) => decodeProtectedHeader(pair.access_token)),
      [first, second].map(({ kid }) => ({ alg: "ES256", kid })),
    );
    const status = (url: string, pair: typeof old) => profile(url, pair.access_token);
    assert.deepEqual([await status(grace, old), await status(grace, fresh)], [200, 200]);
    assert.deepEqual([await status(after, old), await status(after, fresh)], [401, 200]);
    // Whoever takes a public key for a text must not be believed.
    const forged = await new SignJWT({ sid: "00000000-0000-4000-8000-000000000000", use: "access" })
      .setProtectedHeader({ alg: "HS256", kid: second.kid })
      .setSubject("1")
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(JSON.stringify(second.jwk)));
    assert.equal(await profile(grace, forged), 401);
    assert.equal((await renew(grace, fresh.refresh_token)).status, 200);
  });

  it("names a refused Proxmox token instead of failing", async () => {
    const { id } = panels.proxmox.issue("panel@pve!other");
    const bad = await panels.apps.start({
      ...panels.env,
      PROXMOX_TOKEN_ID: id,
    });
    const { access_token: token } = await panels.logIn(bad.url);
    const { status, body } = await get(bad.url, "/system", token);
    assert.deepEqual([status, body["code"]], [502, "proxmox_refused_key"]);
    assert.ok(!bad.child.tail().includes(panels.env["PROXMOX_TOKEN_SECRET"] ?? ""));
  });

  it("re-seeds the administrator: the new password works at once and the old one no more", async () => {
    const password = secret();
    const { code, log } = await panels.seed(password);
    assert.equal(code, 0);
    assert.ok(!log.includes(password));
    assert.equal(
      (await call(`${panels.urls.grace}/api/auth/login`, { body: panels.admin })).status,
      401,
    );
    assert.equal((await panels.seed(panels.admin.password)).code, 0);
    await panels.logIn(panels.urls.grace);
  });

  it("revokes every session: tokens of live secrets are refused until the next log-in", async () => {
    const { access_token: access, refresh_token: refreshToken } = await panels.logIn(
      panels.urls.grace,
    );
    assert.equal(await profile(panels.urls.grace, access), 200);
    const { code, log } = await panels.apps.job({ ...panels.env, APP_MODE: "revoke-sessions" });
    assert.equal(code, 0);
    assert.ok(Number(logged(log, "sessions revoked")["revoked"]) > 0);
    assert.equal(await profile(panels.urls.grace, access), 401);
    assert.equal((await renew(panels.urls.grace, refreshToken)).status, 401);
    assert.equal(
      await profile(panels.urls.grace, (await panels.logIn(panels.urls.grace)).access_token),
      200,
    );
  });
});
