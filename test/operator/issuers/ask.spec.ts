import assert from "node:assert/strict";
import fc from "fast-check";
import { SecretText } from "../../../components/secret-text";
import { CouldNotAsk, answerOf, ask, askAsBearer } from "../../../operator/issuers/ask";
import { answering, fakeIssuer } from "./servers";
import { CANARY } from "./values";

const KEY = new SecretText(CANARY);

describe("operator/issuers: how an issuer is asked", () => {
  it("takes 2xx for yes, 401 and 403 for no, and nothing else for an answer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        const reply = { status, body: {} };
        if (status < 300) assert.equal(answerOf(reply), "accepted");
        else if (status === 401 || status === 403) assert.equal(answerOf(reply), "refused");
        else assert.throws(() => answerOf(reply), CouldNotAsk);
      }),
    );
  });

  it("takes the key to no other host: a redirect is no answer, and its target sees nothing", async () => {
    let visits = 0;
    const target = await fakeIssuer((_request, response) => {
      visits++;
      response.end("{}");
    });
    const issuer = await fakeIssuer((_request, response) => {
      response.writeHead(307, { location: target.url }).end();
    });
    try {
      await assert.rejects(askAsBearer(issuer.url, KEY), /redirects/);
      assert.equal(visits, 0);
    } finally {
      await Promise.all([target.stop(), issuer.stop()]);
    }
  });

  it("says that nobody answers, by the system's own code", async () => {
    const gone = await fakeIssuer(() => undefined);
    await gone.stop();
    await assert.rejects(askAsBearer(gone.url, KEY), (error: unknown) => {
      assert.ok(error instanceof CouldNotAsk);
      assert.match(error.message, /ECONNREFUSED/);
      assert.equal(error.hint, undefined);
      return true;
    });
  });

  it("quotes nothing of a value that no header can hold", async () => {
    const value = new SecretText(`${CANARY}\u{1f511}\n`);
    await assert.rejects(askAsBearer("http://127.0.0.1:9", value), (error: unknown) => {
      assert.ok(error instanceof CouldNotAsk);
      assert.ok(!error.message.includes(CANARY));
      return true;
    });
  });

  it("reads an answer that is no JSON, and one that does not end, as its status alone", async () => {
    const endless = await fakeIssuer((_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(16_384)));
      };
      response.on("drain", more);
      more();
    });
    try {
      assert.deepEqual(await ask(endless.url, {}), { status: 200, body: {} });
    } finally {
      await endless.stop();
    }
    assert.deepEqual(await answering(401, "text", (url) => ask(url, {})), {
      status: 401,
      body: {},
    });
  });
});
