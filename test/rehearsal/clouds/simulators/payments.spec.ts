import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import {
  startAlertingSimulator,
  startFlutterwaveSimulator,
  startPaystackSimulator,
} from "../../../../rehearsal/clouds/simulators/payments";

describe("rehearsal/clouds/simulators/payments", () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  let status = 200;
  let url = "";
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });

  before(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const address = receiver.address();
    url = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
  });

  after(() => {
    receiver.close();
    receiver.closeAllConnections();
  });

  beforeEach(() => {
    received.length = 0;
    status = 200;
  });

  const sign = (algorithm: string, key: string, body = received.at(-1)?.body ?? "") =>
    createHmac(algorithm, key).update(body).digest("hex");

  for (const [name, start, header, proof] of [
    [
      "paystack",
      startPaystackSimulator,
      "x-paystack-signature",
      (key: string) => sign("sha512", key),
    ],
    ["flutterwave", startFlutterwaveSimulator, "verif-hash", (key: string) => key],
    [
      "alerting",
      startAlertingSimulator,
      "x-alert-signature",
      (key: string) => `sha256=${sign("sha256", key)}`,
    ],
  ] as const) {
    it(`sends events of ${name} signed with what its dashboard holds, and again when asked`, async () => {
      const sender = await start();
      try {
        await assert.rejects(sender.send(url), /setSecret\(\)/);
        const [old, fresh] = [sender.issue(), sender.issue()];
        sender.setSecret(old);
        const first = await sender.send(url);
        assert.equal(received.at(-1)?.headers[header], proof(old.reveal()));
        sender.setSecret(fresh);
        status = 401;
        const again = await sender.send(url, first.event);
        assert.deepEqual(again, { event: first.event, status: 401 });
        assert.equal(received.at(-1)?.headers[header], proof(fresh.reveal()));
        assert.equal(received.at(-1)?.body, first.event);
        assert.equal((await sender.send("http://127.0.0.1:1")).status, 0);
        assert.deepEqual(sender.deliveries(), {
          sent: 3,
          failed: 2,
          byStatus: { 0: 1, 200: 1, 401: 1 },
        });
        const event = JSON.parse(first.event) as { event: string; data: { id: number } };
        assert.ok(event.event.length > 0 && Number.isSafeInteger(event.data.id));
      } finally {
        await sender.stop();
      }
    });
  }

  it("opens Paystack's own API to live secrets only", async () => {
    const paystack = await startPaystackSimulator();
    try {
      const key = paystack.issue();
      const ask = async () => {
        const headers = { authorization: `Bearer ${key.reveal()}` };
        return (await fetch(`${paystack.url}/balance`, { headers })).status;
      };
      assert.equal(await ask(), 200);
      paystack.revoke(key);
      assert.equal(await ask(), 401);
    } finally {
      await paystack.stop();
    }
  });
});
