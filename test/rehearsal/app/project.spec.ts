import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startOpenRouterSimulator,
  type OpenRouterSimulator,
} from "../../../rehearsal/clouds/simulators/openrouter";
import { freePort } from "../../../rehearsal/clouds/postgres";
import { Tokens } from "../../../rehearsal/app/tokens";
import { signingSettings } from "../../../rehearsal/app/settings";
import { call, instances, secret } from "./instances";

describe("rehearsal/app in the mode project-agents", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  const apps = instances();
  const [old, fresh, gateway] = [secret(), secret(), secret()];
  let openrouter: OpenRouterSimulator;
  let env: Record<string, string>;

  before(async () => {
    openrouter = await startOpenRouterSimulator();
    env = {
      APP_MODE: "project-agents",
      OPENROUTER_URL: openrouter.url,
      OPENROUTER_API_KEY: openrouter.issue().reveal(),
      OPENCLAW_GATEWAY_TOKEN: gateway,
    };
  });
  after(async () => {
    await apps.stop();
    await openrouter.stop();
  });

  async function delegated(key: string, url: string, path = "/delegation") {
    const token = await new Tokens(signingSettings({ KEY: key }, "KEY"), "60s").issue(7);
    const headers = { authorization: `Bearer ${token}` };
    return call(url + path, { headers, ...(path === "/run" ? { body: { prompt: "hi" } } : {}) });
  }

  it("takes delegations of every live key, the staged one included, and refuses a retired one", async () => {
    const staged = await apps.start({
      ...env,
      DELEGATION_JWT_SECRET: old,
      DELEGATION_JWT_SECRET_ACCEPTED_A: old,
      DELEGATION_JWT_SECRET_ACCEPTED_B: fresh,
    });
    for (const key of [old, fresh]) assert.equal((await delegated(key, staged.url)).status, 200);
    const ran = await delegated(fresh, staged.url, "/run");
    assert.deepEqual([ran.status, ran.body["on_behalf_of"]], [200, 7]);
    const retired = await apps.start({ ...env, DELEGATION_JWT_SECRET: fresh });
    assert.equal((await delegated(old, retired.url)).status, 401);
    assert.equal((await delegated(fresh, retired.url)).status, 200);
    const opened = (token: string) =>
      call(`${retired.url}/gateway`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await opened(gateway)).status, 200);
    assert.equal((await opened(fresh)).status, 401);
  });
});

describe("rehearsal/app in the mode project-search", function () {
  this.timeout(60_000);
  const apps = instances();
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-search-"));
  });
  after(async () => {
    await apps.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("knows one key, and finds its index again under the next one", async () => {
    const keys = [secret(), secret()] as const;
    const headers = (key: string) => ({ authorization: `Bearer ${key}` });
    const run = async (key: string) => {
      const port = await freePort();
      const child = await apps.run({
        ...{ APP_MODE: "project-search", MEILI_DB_PATH: dir, MEILI_MASTER_KEY: key },
        PORT: String(port),
      });
      const url = `http://127.0.0.1:${port}`;
      await child.ready(async () => (await fetch(`${url}/health`)).ok, 30_000);
      return { url, child };
    };
    const first = await run(keys[0]);
    const body = { id: "1", text: "a word" };
    const documents = `${first.url}/indexes/documents/documents`;
    assert.equal((await call(documents, { body })).status, 401);
    assert.equal((await call(documents, { body, headers: headers(keys[1]) })).status, 403);
    assert.equal((await call(documents, { body, headers: headers(keys[0]) })).status, 202);
    await first.child.stop();
    const second = await run(keys[1]);
    const search = { body: { q: "word" }, headers: headers(keys[1]) };
    const found = await call(`${second.url}/indexes/documents/search`, search);
    assert.deepEqual(found.body["hits"], [body]);
  });
});
