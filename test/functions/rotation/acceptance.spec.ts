import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SecretText } from "../../../components/secret-text";
import { waitForAcceptance } from "../../../functions/rotation/acceptance";

const TOKEN = "canary-of-a-pending-token";

describe("functions/rotation/acceptance", () => {
  let server: Server;
  let url: string;
  let answers: number[];
  const asked: (string | undefined)[] = [];
  const connections = new Set<number | undefined>();

  beforeEach(async () => {
    asked.length = 0;
    connections.clear();
    server = createServer(({ headers, socket, url: path }, response) => {
      asked.push(`${path} ${headers.authorization}`);
      connections.add(socket.remotePort);
      const status = answers.length > 1 ? answers.shift() : answers[0];
      response.writeHead(status ?? 500, { location: `${url}/elsewhere` }).end("no");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const wait = (asks: number, ms: number) =>
    waitForAcceptance(new SecretText(TOKEN), { url: `${url}/gateway`, asks }, Date.now() + ms);

  it("asks until the token is taken so often in a row, over a new connection each time", async () => {
    answers = [401, 200, 503, 200, 204];
    await wait(2, 10_000);
    assert.deepEqual(asked, Array<string>(5).fill(`/gateway Bearer ${TOKEN}`));
    assert.equal(connections.size, 5);
  });

  it("fails in the end with the address and the last answer, and without the token", async () => {
    answers = [200, 401];
    await assert.rejects(wait(2, 600), ({ message }: Error) => {
      assert.match(message, /0 times in a row at http.*\/gateway, not 2; the last answer was 401/);
      assert.ok(!message.includes(TOKEN));
      return true;
    });
  });

  it("takes a redirect for a refusal, and sends the token nowhere else", async () => {
    answers = [307];
    await assert.rejects(wait(1, 300), /the last answer was 307/);
    assert.ok(!asked.some((one) => one?.startsWith("/elsewhere")));
  });

  it("takes no answer for a refusal", async () => {
    answers = [200];
    const dead = { url: "http://127.0.0.1:9/gateway", asks: 1 };
    await assert.rejects(
      waitForAcceptance(new SecretText(TOKEN), dead, Date.now() + 300),
      /the last answer was connect ECONNREFUSED/,
    );
  });
});
