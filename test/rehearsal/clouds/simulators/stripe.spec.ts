import assert from "node:assert/strict";
import {
  startStripeSimulator,
  type StripeSimulator,
} from "../../../../rehearsal/clouds/simulators/stripe";

describe("rehearsal/clouds/simulators/stripe", () => {
  let stripe: StripeSimulator;

  before(async () => {
    stripe = await startStripeSimulator();
  });

  after(() => stripe.stop());

  async function ask(path: string, authorization?: string, body?: Record<string, string>) {
    const response = await fetch(stripe.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: authorization === undefined ? {} : { authorization },
      body: body === undefined ? undefined : new URLSearchParams(body),
    });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as Any };
  }
  type Any = Record<string, Record<string, string> & string>;
  const ORDER = { amount: "1000", currency: "EUR" };

  it("takes a secret key as a bearer token and as a user, and several pairs at a time", async () => {
    const [old, fresh] = [stripe.issue(), stripe.issue()];
    const basic = Buffer.from(`${old.secret.reveal()}:`).toString("base64");
    for (const authorization of [
      `Bearer ${old.secret.reveal()}`,
      `Basic ${basic}`,
      `Bearer ${fresh.secret.reveal()}`,
    ]) {
      const { status, body } = await ask("/v1/payment_intents", authorization, ORDER);
      assert.equal(status, 200);
      assert.match(body["id"] as string, /^pi_/);
      assert.equal(body["currency"], "eur");
      assert.equal((await ask("/v1/balance", authorization)).status, 200);
    }
    const wrong = { amount: "-1", currency: "eur" };
    const refused = await ask("/v1/payment_intents", `Bearer ${old.secret.reveal()}`, wrong);
    assert.equal(refused.status, 400);
  });

  it("refuses in Stripe's own form, without quoting the key", async () => {
    const keys = stripe.issue();
    const secret = keys.secret.reveal();
    const code = async (authorization?: string) => {
      const { status, text, body } = await ask("/v1/payment_intents", authorization, ORDER);
      assert.equal(status, 401);
      assert.equal(body["error"]?.["type"], "invalid_request_error");
      assert.ok(!text.includes(secret.slice(-8)));
      return body["error"]?.["code"];
    };
    assert.equal(await code(), undefined);
    assert.equal(await code("Bearer sk_test_unknown"), undefined);
    assert.equal(await code(`Bearer ${keys.publishable}`), "secret_key_required");
    stripe.revoke(keys);
    assert.equal(await code(`Bearer ${secret}`), "api_key_expired");
    assert.throws(() => stripe.revoke(keys), /not live/);
  });

  it("revokes both keys of a pair together and leaves the other pair alone", async () => {
    const [old, fresh] = [stripe.issue(), stripe.issue()];
    const token = async (key: string) => (await ask("/v1/tokens", `Bearer ${key}`, {})).status;
    assert.deepEqual([await token(old.publishable), await token(fresh.publishable)], [200, 200]);
    stripe.revoke(old);
    assert.deepEqual([await token(old.publishable), await token(fresh.publishable)], [401, 200]);
    assert.equal(await token(fresh.secret.reveal()), 200);
  });

  it("counts what it answered", async () => {
    const before = stripe.requests();
    await ask("/v1/balance", "Bearer sk_test_unknown");
    await ask("/nowhere");
    const { total, refused, byStatus } = stripe.requests();
    assert.deepEqual([total - before.total, refused - before.refused], [2, 1]);
    assert.equal(byStatus[404], 1);
  });
});
