import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ISSUERS, Issuer } from "../../../components";
import { KNOWN_ISSUERS } from "../../../operator/issuers";
import { CouldNotAsk } from "../../../operator/issuers/ask";
import type { Answer } from "../../../operator/issuers/issuer";
import { startOpenAiSimulator } from "../../../rehearsal/clouds/simulators/openai";
import { startPaystackSimulator } from "../../../rehearsal/clouds/simulators/payments";
import { startProxmoxSimulator } from "../../../rehearsal/clouds/simulators/proxmox";
import { startStripeSimulator } from "../../../rehearsal/clouds/simulators/stripe";
import { startStrapiSimulator } from "../../../rehearsal/clouds/strapi";
import { answering, fakeIssuer } from "./servers";
import { CANARY, parts } from "./values";

/** Asks an issuer at an address. */
function asked(
  issuer: Issuer,
  url: string,
  values: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { probe } = KNOWN_ISSUERS[issuer];
  assert.ok(probe, `${issuer} has no probe`);
  return probe(parts(values), { url, settings });
}

describe("operator/issuers: what each issuer is asked", () => {
  it("knows every issuer that a secret can declare, with a page where a person revokes", () => {
    for (const id of ISSUERS) {
      assert.equal(KNOWN_ISSUERS[id].id, id);
      assert.ok(KNOWN_ISSUERS[id].page !== "");
      const { defaultUrl } = KNOWN_ISSUERS[id];
      assert.ok(defaultUrl === undefined || /^https:\/\/[^/]+$/.test(defaultUrl), id);
    }
    assert.equal(KNOWN_ISSUERS.flutterwave.probe, undefined);
  });

  it("tells a live OpenAI key from a revoked one", async () => {
    const openai = await startOpenAiSimulator();
    try {
      const key = openai.issue();
      assert.equal(await asked("openai", openai.url, { secret: key.reveal() }), "accepted");
      openai.revoke(key);
      assert.equal(await asked("openai", openai.url, { secret: key.reveal() }), "refused");
    } finally {
      await openai.stop();
    }
  });

  it("accepts an OpenAI key that is restricted to other scopes, and only that", async () => {
    const refusal = (message: string) => ({ error: { message, type: "invalid_request_error" } });
    const at = (status: number, message: string) =>
      answering(status, refusal(message), (url) => asked("openai", url, { secret: "sk-1" }));
    const scopes = "You have insufficient permissions. Missing scopes: api.model.read.";
    assert.equal(await at(403, scopes), "accepted");
    assert.equal(await at(401, scopes), "accepted");
    assert.equal(await at(403, "Country not supported"), "refused");
  });

  it("tells a live pair of Stripe keys from an expired one", async () => {
    const stripe = await startStripeSimulator();
    try {
      const { publishable, secret } = stripe.issue();
      const pair = { publishable, secret: secret.reveal() };
      assert.equal(KNOWN_ISSUERS.stripe.misfit?.(parts(pair)), undefined);
      assert.equal(await asked("stripe", stripe.url, pair), "accepted");
      stripe.revoke({ publishable, secret });
      assert.equal(await asked("stripe", stripe.url, pair), "refused");
    } finally {
      await stripe.stop();
    }
  });

  it("accepts a restricted Stripe key that may not read the balance, and refuses a full key that may not", async () => {
    const at = (secret: string) =>
      answering(403, {}, (url) => asked("stripe", url, { publishable: "pk_live_1", secret }));
    assert.equal(await at("rk_live_1"), "accepted");
    assert.equal(await at("sk_live_1"), "refused");
  });

  const misfits: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "of two modes": { publishable: `pk_test_${CANARY}`, secret: `sk_live_${CANARY}` },
    "in each other's place": { publishable: `sk_live_${CANARY}`, secret: `pk_live_${CANARY}` },
    "of which one is none": { publishable: CANARY, secret: `sk_live_${CANARY}` },
  };
  for (const [what, pair] of Object.entries(misfits))
    it(`sees a pair of Stripe keys ${what} without asking, and quotes nothing`, () => {
      const misfit = KNOWN_ISSUERS.stripe.misfit?.(parts(pair));
      assert.ok(misfit !== undefined && !misfit.includes(CANARY), misfit);
    });

  it("tells a Proxmox token by its id and its secret together", async () => {
    const proxmox = await startProxmoxSimulator();
    try {
      const { id: tokenId, secret } = proxmox.issue();
      const value = { secret: secret.reveal() };
      assert.equal(await asked("proxmox", proxmox.url, value, { tokenId }), "accepted");
      for (const part of ["tokenId", "id"])
        assert.equal(
          await asked("proxmox", proxmox.url, { ...value, [part]: tokenId }),
          "accepted",
        );
      const other = { tokenId: proxmox.issue().id };
      assert.equal(await asked("proxmox", proxmox.url, value, other), "refused");
      assert.equal(KNOWN_ISSUERS.proxmox.misfit?.(parts({ secret: randomUUID() })), undefined);
      assert.match(KNOWN_ISSUERS.proxmox.misfit?.(parts({ secret: CANARY })) ?? "", /no UUID/);
    } finally {
      await proxmox.stop();
    }
  });

  it("tells a live Paystack key from a revoked one", async () => {
    const paystack = await startPaystackSimulator();
    try {
      const key = paystack.issue();
      assert.equal(await asked("paystack", paystack.url, { secret: key.reveal() }), "accepted");
      paystack.revoke(key);
      assert.equal(await asked("paystack", paystack.url, { secret: key.reveal() }), "refused");
    } finally {
      await paystack.stop();
    }
  });

  it("tells a live Strapi token from a revoked one, and finds that an open address tells nothing", async () => {
    const strapi = await startStrapiSimulator();
    try {
      const secret = strapi.issue();
      assert.equal(await asked("strapi", strapi.url, { secret }), "accepted");
      const address = `${strapi.url}/api/articles`;
      assert.equal(await asked("bearer", address, { secret }), "accepted");
      await assert.rejects(
        asked("strapi", strapi.url, { secret }, { path: "/api/x" }),
        CouldNotAsk,
      );
      strapi.revoke(secret);
      assert.equal(await asked("strapi", strapi.url, { secret }), "refused");
      assert.equal(await asked("bearer", address, { secret }), "refused");
    } finally {
      await strapi.stop();
    }
    const open = answering(200, {}, (url) => asked("bearer", url, { secret: "k" }));
    await assert.rejects(open, /accepts any key/);
  });

  it("asks OpenRouter about the key itself", async () => {
    const seen: (string | undefined)[] = [];
    const server = await fakeIssuer(({ method, url, headers }, response) => {
      seen.push(method, url, headers.authorization);
      response.writeHead(headers.authorization === "Bearer right" ? 200 : 401).end("{}");
    });
    try {
      assert.equal(await asked("openrouter", server.url, { secret: "right" }), "accepted");
      assert.equal(await asked("openrouter", server.url, { secret: "wrong" }), "refused");
      assert.deepEqual(seen.slice(0, 3), ["GET", "/api/v1/key", "Bearer right"]);
    } finally {
      await server.stop();
    }
  });

  it("tells a Google client by the error that its token endpoint gives for a grant that does not exist", async () => {
    const forms: URLSearchParams[] = [];
    const server = await fakeIssuer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const form = new URLSearchParams(body);
        forms.push(form);
        const right = form.get("client_secret") === "right";
        response.writeHead(right ? 400 : 401, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: right ? "invalid_grant" : "invalid_client" }));
      });
    });
    const clientId = "1-a.apps.googleusercontent.com";
    try {
      const at = (secret: string) => asked("google-oauth", server.url, { secret }, { clientId });
      assert.deepEqual([await at("right"), await at("wrong")], ["accepted", "refused"]);
      assert.equal(forms[0]?.get("grant_type"), "refresh_token");
      assert.equal(forms[0]?.get("client_id"), clientId);
    } finally {
      await server.stop();
    }
    const at = (status: number, body: unknown) =>
      answering(status, body, (url) => asked("google-oauth", url, { secret: "s", id: clientId }));
    await assert.rejects(at(400, { error: "invalid_request" }), CouldNotAsk);
    await assert.rejects(at(200, { access_token: "x" }), CouldNotAsk);
  });
});
