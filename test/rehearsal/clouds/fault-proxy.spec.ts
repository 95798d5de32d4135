import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type FaultProxy, startFaultProxy } from "../../../rehearsal/clouds/fault-proxy";

describe("rehearsal/clouds/fault-proxy", () => {
  let service: Server;
  let done: string[] = [];
  let proxy: FaultProxy;

  before(async () => {
    service = createServer((request, response) => {
      done.push(`${request.method} ${request.url} ${request.headers.host}`);
      request.pipe(response.writeHead(201, { "x-example": "passed" }));
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
});
