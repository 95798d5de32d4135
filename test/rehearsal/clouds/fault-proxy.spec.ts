import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { type FaultProxy, startFaultProxy } from "../../../rehearsal/clouds/fault-proxy";
import { loopbackCertificate } from "../../../rehearsal/clouds/vault/certificate";

describe("rehearsal/clouds/fault-proxy", () => {
  let service: Server;
  let done: string[] = [];
  let proxy: FaultProxy;

  before(async () => {
    service = createServer((request, response) => {
      done.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.writeHead(201, { "x-example": "passed" });
      // Without an end, as a watch has none.
      if (request.url === "/watch") return void response.write("first");
      request.pipe(response);
    });
    await new Promise<void>((ready) => service.listen(0, "127.0.0.1", ready));
    const { port } = service.address() as AddressInfo;
    proxy = await startFaultProxy({ target: `http://127.0.0.1:${port}` });
  });
  beforeEach(() => {
    done = [];
    proxy.heal();
    proxy.forget();
  });
  after(async () => {
    await proxy.stop();
    service.closeAllConnections();
    await new Promise((closed) => service.close(closed));
  });

  const call = (path = "/a", signal?: AbortSignal) =>
    fetch(`${proxy.url}${path}`, { method: "POST", body: "text", signal: signal ?? null });

  it("passes a call unchanged, its Host header too, and keeps its name and status only", async () => {
    const answer = await call("/a?b=1");
    assert.deepEqual(
      [answer.status, answer.headers.get("x-example"), await answer.text()],
      [201, "passed", "text"],
    );
    assert.deepEqual(done, [`POST /a?b=1 ${new URL(proxy.url).host}`]);
    assert.deepEqual(proxy.calls, [{ name: "POST /a", status: 201, failed: false }]);
  });

  it("fails the chosen call and its retries, by name and number, and lets others pass", async () => {
    const fault = { kind: "answer", status: 500, body: "broken" } as const;
    proxy.fail({ fault, matching: /\/b$/, nth: 2, times: 2 });
    const statuses: number[] = [];
    for (const path of ["/b", "/a", "/b", "/b", "/b"]) statuses.push((await call(path)).status);
    assert.deepEqual(statuses, [201, 201, 500, 500, 201]);
    assert.equal(done.length, 3);
  });

  it("can lose the answer of what the service did", async () => {
    proxy.fail({ fault: { kind: "reset" }, when: "after" });
    await assert.rejects(call());
    assert.equal(done.length, 1);
    assert.deepEqual(proxy.calls, [{ name: "POST /a", status: 0, failed: true }]);
  });

  it("can keep a caller waiting for ever", async () => {
    proxy.fail({ fault: { kind: "timeout" } });
    await assert.rejects(call("/a", AbortSignal.timeout(100)), { name: "TimeoutError" });
    assert.deepEqual(done, []);
  });

  it("hands an answer on as it comes, and lets go of it with its caller", async () => {
    const caller = new AbortController();
    const answer = await call("/watch", caller.signal);
    const { value } = (await answer.body?.getReader().read()) as { value: Uint8Array };
    assert.equal(Buffer.from(value).toString(), "first");
    caller.abort();
  });

  it("is called by TLS where it has a certificate", async () => {
    const certificate = loopbackCertificate();
    const { port } = service.address() as AddressInfo;
    const target = `http://127.0.0.1:${port}`;
    const secure = await startFaultProxy({ target, certificate });
    const status = await new Promise((resolve, reject) => {
      get(`${secure.url}/a`, { ca: certificate.certificate, agent: false }, (answer) => {
        answer.resume().once("end", () => resolve(answer.statusCode));
      }).once("error", reject);
    });
    assert.equal(status, 201);
    await secure.stop();
  });
});
