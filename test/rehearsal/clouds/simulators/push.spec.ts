import assert from "node:assert/strict";
import { createECDH } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import { vapidAuthorization, type VapidPair } from "../../../../rehearsal/app/panel/vapid";
import {
  startPushSimulator,
  type PushSimulator,
} from "../../../../rehearsal/clouds/simulators/push";

describe("rehearsal/clouds/simulators/push", () => {
  const pair = (): VapidPair => {
    const curve = createECDH("prime256v1");
    curve.generateKeys();
    // The library cuts leading zeros; the format does not.
    const scalar = Buffer.concat([Buffer.alloc(32), curve.getPrivateKey()]).subarray(-32);
    return {
      publicKey: curve.getPublicKey().toString("base64url"),
      privateKey: scalar.toString("base64url"),
    };
  };
  const [own, other] = [pair(), pair()];
  const CONTACT = "mailto:operator@example.com";
  let push: PushSimulator;

  before(async () => {
    push = await startPushSimulator();
  });

  after(() => push.stop());

  async function post(endpoint: string, authorization?: string, ttl: string | null = "60") {
    const headers = new Headers();
    if (authorization !== undefined) headers.set("authorization", authorization);
    if (ttl !== null) headers.set("ttl", ttl);
    return (await fetch(endpoint, { method: "POST", headers })).status;
  }

  /** An authorization made by hand, with claims that a good sender would not send. */
  async function forged(signer: VapidPair, shown: string, audience: string, expires: string) {
    const point = Buffer.from(signer.publicKey, "base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((one) =>
      one.toString("base64url"),
    );
    const key = await importJWK({ kty: "EC", crv: "P-256", x, y, d: signer.privateKey }, "ES256");
    const token = await new SignJWT()
      .setProtectedHeader({ alg: "ES256" })
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key);
    return `vapid t=${token}, k=${shown}`;
  }

  it("takes messages signed with the pair that the subscription was made with", async () => {
    const endpoint = push.subscribe(own.publicKey);
    assert.equal(await post(endpoint, await vapidAuthorization(own, endpoint, CONTACT)), 201);
    assert.equal(push.delivered(endpoint), 1);
  });

  it("refuses every other key, audience, time and form", async () => {
    const endpoint = push.subscribe(own.publicKey);
    const good = await vapidAuthorization(own, endpoint, CONTACT);
    const foreign = await vapidAuthorization(other, endpoint, CONTACT);
    const key = own.publicKey;
    assert.equal(await post(endpoint, foreign), 403);
    assert.equal(await post(endpoint, await forged(other, key, push.url, "1h")), 403);
    assert.equal(
      await post(endpoint, await forged(own, key, "https://push.example.com", "1h")),
      403,
    );
    assert.equal(await post(endpoint, await forged(own, key, push.url, "25h")), 403);
    assert.equal(await post(endpoint, await forged(own, key, push.url, "-1m")), 403);
    assert.equal(await post(endpoint, good.replace("vapid t=", "vapid t=x")), 403);
    assert.equal(await post(endpoint), 401);
    assert.equal(await post(endpoint, "Bearer x"), 401);
    assert.equal(await post(endpoint, good, null), 400);
    assert.equal(push.delivered(endpoint), 0);
  });

  it("counts the messages that came with each key, those refused included", async () => {
    const [signer, endpoint] = [pair(), push.subscribe(own.publicKey)];
    const before = push.signedWith().get(own.publicKey) ?? 0;
    await post(endpoint, await vapidAuthorization(own, endpoint, CONTACT));
    await post(endpoint, await vapidAuthorization(signer, endpoint, CONTACT));
    await post(endpoint);
    assert.equal(push.signedWith().get(own.publicKey), before + 1);
    assert.equal(push.signedWith().get(signer.publicKey), 1);
  });

  it("knows no subscription that was never made or has ended, and no key that is no point", async () => {
    const endpoint = push.subscribe(own.publicKey);
    const good = await vapidAuthorization(own, endpoint, CONTACT);
    push.unsubscribe(endpoint);
    assert.equal(await post(endpoint, good), 410);
    assert.equal(await post(`${push.url}/push/unknown`, good), 404);
    assert.throws(() => push.subscribe("short"), /uncompressed point/);
  });
});
