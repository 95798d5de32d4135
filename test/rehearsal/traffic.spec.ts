import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SecretText } from "../../components/secret-text";
import { until } from "../../rehearsal/processes";
import { bearer, requests } from "../../rehearsal/systems/capanel/load";
import { startTraffic, type Traffic, type TrafficOptions } from "../../rehearsal/traffic";

describe("rehearsal/traffic", () => {
  let server: Server;
  let url: string;
  let password = "first";
  let issued = 0;
  const seen: (string | undefined)[] = [];
  const running: Traffic[] = [];

  // A fake of the application: pages break with an answer, reads without one.
  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const answer = (status: number, body: object) => {
          response.writeHead(status).end(JSON.stringify(body));
        };
        if (request.url === "/api/v1/login/access-token") {
          const right = (JSON.parse(text) as { password: string }).password === password;
          if (!right) return answer(401, {});
          return answer(200, { access_token: `token-${++issued}` });
        }
        if (request.url === "/api/v1/users/me") {
          seen.push(request.headers.authorization);
          return answer(503, { detail: request.headers.authorization });
        }
        if (request.url === "/api/v1/items" && request.method === "GET") {
          return request.socket.destroy();
        }
        answer(request.method === "POST" ? 201 : 200, {});
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    await Promise.all(running.map((traffic) => traffic.stop()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const logIn = (given: string) => bearer(url, "admin@example.com", new SecretText(given));
  const start = async (more: Partial<TrafficOptions> = {}) => {
    const traffic = await startTraffic({
      requests: requests(url),
      rate: 200,
      logIn: () => logIn(password),
      ...more,
    });
    running.push(traffic);
    return traffic;
  };
  const sent = (traffic: Traffic, count: number) =>
    until(`${count} were sent`, () => traffic.report().sent >= count, 15_000);

  it("counts what failed by kind, keeps its rate, and describes failures without the token", async () => {
    const traffic = await start({ requests: requests(url, url) });
    await sent(traffic, 60);
    const { kinds, failed, failures, seconds, sent: all } = await traffic.stop();
    const share = (kind: keyof typeof kinds) => {
      const { sent = 0, failed = 0 } = kinds[kind] ?? {};
      assert.ok(sent >= 10);
      return failed / sent;
    };
    assert.deepEqual(
      (["health", "page", "write", "read", "web"] as const).map(share),
      [0, 1, 0, 1, 0],
    );
    assert.ok(failed >= 20);
    assert.equal(failures.length, 10);
    assert.deepEqual(
      new Set(failures.map(({ what }) => what)),
      new Set(["status 503", "ECONNRESET"]),
    );
    assert.ok(all <= Math.ceil(seconds * 200) + 1);
    assert.ok((kinds.health?.max ?? 0) >= (kinds.health?.p50 ?? 0));
    assert.ok(!JSON.stringify(failures).includes("token"));
    const after = seen.length;
    assert.deepEqual((await traffic.stop()).sent, all);
    assert.equal(seen.length, after);
  });

  it("logs in again on request, and keeps its token when that is refused", async () => {
    const traffic = await start();
    const old = `Bearer token-${issued}`;
    password = "second";
    await traffic.renew();
    await until("the new token is used", () => seen.at(-1) === `Bearer token-${issued}`, 15_000);
    assert.notEqual(seen.at(-1), old);
    const refused = await startTraffic({
      requests: requests(url),
      rate: 1,
      logIn: () => logIn("wrong"),
    }).catch((error: Error) => error.message);
    assert.equal(refused, "the traffic's log-in was refused");
    await traffic.stop();
  });

  it("counts an answer that takes too long as failed", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const slow = `http://127.0.0.1:${port}`;
    const traffic = await start({
      requests: requests(slow),
      logIn: () => Promise.resolve({}),
      timeoutMs: 50,
    });
    await sent(traffic, 4);
    const report = await traffic.stop();
    assert.equal(report.failed, report.sent);
    assert.equal(report.failures[0]?.what, "TIMEOUT");
    silent.closeAllConnections();
    silent.close();
  });

  it("counts a 401 to whoever carries a credential as cut off while that is allowed, and as failed before and after", async () => {
    const guarded = createServer(({ headers }, response) => {
      response.writeHead(headers["x-session"] === "new" ? 200 : 401).end();
    });
    await new Promise<void>((resolve) => guarded.listen(0, "127.0.0.1", resolve));
    const { port } = guarded.address() as AddressInfo;
    const open = `http://127.0.0.1:${port}`;
    let session = "old";
    const traffic = await start({
      requests: [
        { kind: "signed", url: open, signed: true },
        { kind: "event", url: open, send: () => Promise.resolve(503) },
        { kind: "open", url: open },
      ],
      logIn: () => Promise.resolve({ "x-session": session }),
    });
    const failedOf = (kind: string) => traffic.report().kinds[kind]?.failed ?? 0;
    await until("a request failed", () => failedOf("signed") > 0, 15_000);
    const cutsEnd = traffic.cutOffs();
    const cut = () => traffic.report().kinds["signed"]?.cut ?? 0;
    await until("requests are cut off", () => cut() > 3, 15_000);
    session = "new";
    await traffic.renew();
    cutsEnd();
    const sent = traffic.report().sent;
    await until("more were sent", () => traffic.report().sent > sent + 6, 15_000);
    session = "old";
    await traffic.renew();
    const failed = failedOf("signed");
    await until("requests fail again", () => failedOf("signed") > failed, 15_000);
    const report = await traffic.stop();
    assert.equal(report.cut, cut(), "only what carries a credential is cut off");
    assert.equal(report.kinds["event"]?.failed, report.kinds["event"]?.sent);
    assert.equal(report.kinds["open"]?.failed, report.kinds["open"]?.sent);
    guarded.closeAllConnections();
    guarded.close();
  });

  it("gives up a connection that nobody used for as long as an answer may take, and does not leave that to the server", async () => {
    let opened = 0;
    const idle = createServer((_, response) => response.end());
    idle.on("connection", () => opened++);
    await new Promise<void>((resolve) => idle.listen(0, "127.0.0.1", resolve));
    const { port } = idle.address() as AddressInfo;
    const traffic = await start({
      requests: [{ kind: "page", url: `http://127.0.0.1:${port}` }],
      rate: 5,
      logIn: () => Promise.resolve({}),
      timeoutMs: 50,
    });
    await sent(traffic, 3);
    await traffic.stop();
    idle.closeAllConnections();
    idle.close();
    assert.ok(opened >= 3, `${opened} connections`);
  });

  it("counts what workers beside the requests do, and ends them with the rest", async () => {
    let ended = false;
    const traffic = await start({
      requests: [{ kind: "health", url }],
      workers: [
        {
          kind: "worker",
          work: async (told, stopped) => {
            told(5);
            told(7, "57P01");
            await new Promise((next) => stopped.addEventListener("abort", next));
            ended = true;
          },
        },
      ],
    });
    const { kinds, failed, failures } = await traffic.stop();
    assert.equal(ended, true);
    const { sent, max } = kinds["worker"] ?? { sent: 0, max: 0 };
    assert.deepEqual([sent, kinds["worker"]?.failed, failed], [2, 1, 1]);
    assert.ok(max >= 7, `${max} ms`);
    assert.deepEqual(
      failures.map(({ kind, what }) => [kind, what]),
      [["worker", "57P01"]],
    );
  });
});
