import assert from "node:assert/strict";
import { once } from "node:events";
import { Server, ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { Verification, VerificationOptions } from "../../components";
import { run } from "../support/mocks";

/** A consumer that answers as its script says, the last line for ever, and counts the questions. */
class FakeConsumer {
  asked = 0;
  readonly #server: Server;

  constructor(...script: readonly (number | "hang")[]) {
    this.#server = createServer((_request, response) => {
      const line = script[Math.min(this.asked, script.length - 1)] ?? 200;
      this.asked += 1;
      answer(response, line);
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/readyz`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

function answer(response: ServerResponse, line: number | "hang"): void {
  if (line === "hang") return;
  const redirect = line >= 300 && line < 400 ? { location: "/elsewhere" } : undefined;
  response.writeHead(line, redirect).end();
}

/** The hook as the engine calls it before it deletes something. */
async function verifying(
  addresses: readonly string[],
  options: VerificationOptions = {},
): Promise<() => Promise<void>> {
  const { result } = await run(() => {
    const verification = new Verification("app", { intervalMs: 10, ...options });
    for (const address of addresses) verification.expect(pulumi.output(address));
    return verification.hook;
  });
  return async () => {
    await result.callback({ urn: "urn", id: "id", name: "old", type: "test" });
  };
}

describe("components/verification", () => {
  let consumers: FakeConsumer[] = [];

  function consumer(...script: readonly (number | "hang")[]): FakeConsumer {
    const one = new FakeConsumer(...script);
    consumers.push(one);
    return one;
  }

  afterEach(async () => {
    await Promise.all(consumers.map((one) => one.stop()));
    consumers = [];
  });

  it("is a hook with a name of its own", async () => {
    const { result } = await run(() => new Verification("app"));
    assert.equal(result.hook.name, "app-verified");
  });

  it("lets a retirement go ahead when every consumer answers 200, and asks once for all of an update", async () => {
    const [api, web] = [consumer(200), consumer(200)];
    const verify = await verifying([await api.start(), await web.start()]);
    await Promise.all([verify(), verify(), verify()]);
    assert.deepEqual([api.asked, web.asked], [1, 1]);
  });

  it("waits for a consumer that recovers before the deadline", async () => {
    const api = consumer(503, 500, 200);
    const verify = await verifying([await api.start()]);
    await verify();
    assert.equal(api.asked, 3);
  });

  for (const [what, script] of [
    ["answers an error", 503],
    ["redirects to a page that works", 302],
    ["answers another success than 200", 204],
  ] as const)
    it(`withholds the retirement while a consumer ${what}, and says which one and what to do`, async () => {
      const [api, web] = [consumer(200), consumer(script)];
      const address = await web.start();
      const verify = await verifying([await api.start(), address], { deadlineMs: 150 });
      await assert.rejects(verify(), (error: Error) => {
        assert.match(error.message, /^nothing was retired: /);
        assert.ok(error.message.includes(`${address} does not answer 200 (status ${script})`));
        assert.match(error.message, /`rekey rollback`.*`rekey up`/);
        return true;
      });
      assert.ok(web.asked > 1, "it was asked again until the deadline");
    });

  it("withholds every retirement of the update, not only the first", async () => {
    const verify = await verifying([await consumer(503).start()], { deadlineMs: 50 });
    for (const result of await Promise.allSettled([verify(), verify()]))
      assert.equal(result.status, "rejected");
  });

  it("asks a consumer that hangs again, and withholds the retirement if it goes on hanging", async () => {
    const api = consumer("hang");
    const verify = await verifying([await api.start()], { deadlineMs: 500, answerMs: 100 });
    await assert.rejects(verify(), /nothing was retired.*timeout/);
    assert.ok(api.asked > 1, "it was asked again");
  });

  it("withholds the retirement from a consumer that nobody listens at", async () => {
    const gone = consumer(200);
    const address = await gone.start();
    await gone.stop();
    consumers = [];
    const verify = await verifying([address], { deadlineMs: 50 });
    await assert.rejects(verify(), /nothing was retired/);
  });

  it("has nothing to hold back where no consumer is expected", async () => {
    await (
      await verifying([])
    )();
  });
});
