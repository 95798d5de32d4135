import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { call } from "./instances";
import { bearer, startPanels } from "./panel-fixture";

describe("rehearsal/app in the mode panel: webhooks and push", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  let panels: Awaited<ReturnType<typeof startPanels>>;

  before(async () => {
    panels = await startPanels();
  });

  after(() => panels.stop());

  for (const [at, name] of ["paystack", "flutterwave", "alerting"].entries()) {
    it(`takes events of ${name} under either secret in grace, each once, and refuses the retired one`, async () => {
      const { sender, secrets } = panels.senders[at] as (typeof panels.senders)[number];
      const path = `/api/webhooks/${name}`;
      sender.setSecret(secrets.old);
      const { event, status } = await sender.send(panels.urls.grace + path);
      assert.equal(status, 200);
      assert.equal((await sender.send(panels.urls.old + path, event)).status, 200);
      assert.equal((await sender.send(panels.urls.after + path)).status, 401);
      sender.setSecret(secrets.fresh);
      assert.equal((await sender.send(panels.urls.grace + path, event)).status, 200);
      assert.equal((await sender.send(panels.urls.after + path, event)).status, 200);
      assert.equal((await sender.send(panels.urls.old + path)).status, 401);
      const rows = await panels.database.query(
        `SELECT count(*)::int AS events FROM webhook_events WHERE provider = '${name}'`,
      );
      assert.deepEqual(rows, [{ events: 1 }]);
    });
  }

  it("refuses webhooks without a proof, with one of another body, and bodies that are no event", async () => {
    const fresh = panels.env["PAYSTACK_SECRET"] ?? "";
    const sign = (body: string) => createHmac("sha512", fresh).update(body).digest("hex");
    const post = async (body: string, signature?: string) =>
      (
        await call(`${panels.urls.after}/api/webhooks/paystack`, {
          body,
          headers: signature === undefined ? {} : { "x-paystack-signature": signature },
        })
      ).status;
    const event = '{"event":"charge.success","data":{"id":7}}';
    assert.equal(await post(event), 401);
    assert.equal(await post(event, ""), 401);
    assert.equal(await post(event, sign(`${event} `)), 401);
    assert.equal(await post(event, sign(event).toUpperCase()), 401);
    assert.equal(await post(event, sign(event)), 200);
    assert.equal(await post("{}", sign("{}")), 422);
    assert.equal(await post("{", sign("{")), 400);
  });

  it("serves old subscriptions with the old pair until it is retired, and then says who must subscribe again", async () => {
    const { access_token: token } = await panels.logIn(panels.urls.grace);
    const headers = bearer(token);
    const subscribe = async (url: string, used?: string) => {
      const key = used ?? (await call(`${url}/api/push/key`)).field<string>("public_key");
      const endpoint = panels.push.subscribe(key);
      const body = { endpoint, ...(used === undefined ? {} : { application_server_key: used }) };
      const { status } = await call(`${url}/api/push/subscriptions`, { headers, body });
      return { endpoint, status };
    };
    const send = async (url: string) =>
      (await call(`${url}/api/push/send`, { headers, body: {} })).body;
    const [first, second, late] = [
      await subscribe(panels.urls.grace),
      await subscribe(panels.urls.grace, panels.vapid.old.publicKey),
      await subscribe(panels.urls.after, panels.vapid.old.publicKey),
    ];
    assert.deepEqual([first.status, second.status, late.status], [201, 201, 409]);
    assert.deepEqual(await send(panels.urls.grace), { sent: 2, failed: 0, mustResubscribe: 0 });
    assert.deepEqual(await send(panels.urls.after), { sent: 1, failed: 0, mustResubscribe: 1 });
    assert.deepEqual(
      [panels.push.delivered(first.endpoint), panels.push.delivered(second.endpoint)],
      [2, 1],
    );
    panels.push.unsubscribe(second.endpoint);
    assert.deepEqual(await send(panels.urls.grace), { sent: 1, failed: 1, mustResubscribe: 0 });
    assert.deepEqual(await send(panels.urls.grace), { sent: 1, failed: 0, mustResubscribe: 0 });
    const inside = { headers, body: { endpoint: "http://192.0.2.1/push" } };
    assert.equal((await call(`${panels.urls.grace}/api/push/subscriptions`, inside)).status, 422);
  });

  it("tells the page of an old subscription to subscribe again once its pair is retired, and of a message that was not taken", async () => {
    const headers = bearer((await panels.logIn(panels.urls.grace)).access_token);
    const endpoint = panels.push.subscribe(panels.vapid.old.publicKey);
    const made = { endpoint, application_server_key: panels.vapid.old.publicKey };
    const at = `${panels.urls.grace}/api/push/subscriptions`;
    assert.equal((await call(at, { headers, body: made })).status, 201);
    const message = async (url: string, to = endpoint) => {
      const said = await call(`${url}/api/push/message`, { headers, body: { endpoint: to } });
      return [said.status, said.field<string | undefined>("code")];
    };
    assert.deepEqual(await message(panels.urls.grace), [200, undefined]);
    assert.equal(panels.push.delivered(endpoint), 1);
    assert.deepEqual(await message(panels.urls.after), [410, "push_key_retired"]);
    assert.equal(panels.push.delivered(endpoint), 1);
    assert.deepEqual(await message(panels.urls.grace), [200, undefined]);
    const foreign = panels.push.subscribe(panels.vapid.fresh.publicKey);
    await call(at, { headers, body: { ...made, endpoint: foreign } });
    assert.deepEqual(await message(panels.urls.grace, foreign), [502, "push_failed"]);
    for (const one of [endpoint, foreign]) {
      panels.push.unsubscribe(one);
      assert.deepEqual(await message(panels.urls.grace, one), [410, "push_gone"]);
      assert.deepEqual(await message(panels.urls.grace, one), [404, undefined]);
    }
  });

  it("does not start with halves of two pairs", async () => {
    const { code, log } = await panels.apps.job({
      ...panels.env,
      PORT: "0",
      VAPID_PUBLIC_KEY: panels.vapid.old.publicKey,
    });
    assert.equal(code, 1);
    assert.match(log, /VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY must be the two halves/);
    assert.ok(!log.includes(panels.vapid.fresh.privateKey));
  });

  it("has push switched off where no pair is set", async () => {
    const settings = Object.entries(panels.env).filter(([name]) => !name.startsWith("VAPID_"));
    const { url } = await panels.apps.start(Object.fromEntries(settings));
    const headers = bearer((await panels.logIn(url)).access_token);
    assert.equal((await call(`${url}/api/push/key`)).status, 404);
    assert.equal((await call(`${url}/api/push/send`, { headers, body: {} })).status, 404);
  });
});
