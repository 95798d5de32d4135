import assert from "node:assert/strict";
import { startOpenAiSimulator } from "../../../../rehearsal/clouds/simulators/openai";

describe("rehearsal/clouds/simulators/openai", () => {
  it("lists models and completes for live keys, and refuses others in OpenAI's own form", async () => {
    const openai = await startOpenAiSimulator();
    const ask = async (key: string | undefined, body?: unknown) => {
      const response = await fetch(openai.url + (body ? "/v1/chat/completions" : "/v1/models"), {
        method: body ? "POST" : "GET",
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };
    try {
      const [old, fresh] = [openai.issue(), openai.issue()];
      const hello = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] };
      assert.match((await ask(old.reveal(), hello)).text, /You said: Hello/);
      assert.match((await ask(fresh.reveal())).text, /gpt-4o-mini/);
      assert.equal((await ask(old.reveal(), { ...hello, model: "unknown" })).status, 404);
      assert.equal((await ask(old.reveal(), { model: "gpt-4o" })).status, 400);
      openai.revoke(old);
      const refused = await ask(old.reveal(), hello);
      assert.equal(refused.status, 401);
      assert.match(refused.text, /"code":"invalid_api_key"/);
      assert.ok(!refused.text.includes(old.reveal().slice(-6)));
      assert.equal((await ask(undefined)).status, 401);
      assert.equal((await ask(fresh.reveal())).status, 200);
      assert.deepEqual(openai.requests(), {
        total: 7,
        refused: 2,
        byStatus: { 200: 3, 400: 1, 401: 2, 404: 1 },
      });
    } finally {
      await openai.stop();
    }
  });
});
