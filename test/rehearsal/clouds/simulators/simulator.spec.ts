import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { serveSimulator } from "../../../../rehearsal/clouds/simulators/simulator";

const ROOT = resolve(__dirname, "../../../..");

describe("rehearsal/clouds/simulators/simulator", () => {
  it("routes by exact path first, then by the last part, and answers 404 and 413 in the service's words", async () => {
    const simulator = await serveSimulator(
      {
        "GET /things/best": () => ({ status: 200, body: "best" }),
        "GET /things/:id": ({ id }) => ({ status: 200, body: id }),
        "POST /things": ({ body }) => ({ status: 201, body: body.length }),
      },
      { wrong: true },
    );
    const ask = async (path: string, body?: string) => {
      const method = body === undefined ? "GET" : "POST";
      const response = await fetch(simulator.url + path, { method, body });
      return [response.status, await response.json()];
    };
    try {
      assert.deepEqual(await ask("/things/best"), [200, "best"]);
      assert.deepEqual(await ask("/things/7?x=1"), [200, "7"]);
      assert.deepEqual(await ask("/things/"), [404, { wrong: true }]);
      assert.deepEqual(await ask("/things", "abc"), [201, 3]);
      assert.deepEqual(await ask("/things", "x".repeat(2 ** 20 + 1)), [413, { wrong: true }]);
    } finally {
      await simulator.stop();
      await simulator.stop();
    }
    await assert.rejects(ask("/things/best"));
  });

  it("survives a caller that goes away in the middle of a request", async () => {
    const simulator = await serveSimulator({ "POST /": () => ({ status: 200 }) }, {});
    try {
      const { port } = new URL(simulator.url);
      const socket = connect(Number(port), "127.0.0.1");
      const closed = new Promise<void>((end) => socket.once("close", () => end()));
      socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", () =>
        socket.destroy(),
      );
      await closed;
      assert.equal((await fetch(simulator.url, { method: "POST" })).status, 200);
    } finally {
      await simulator.stop();
    }
  });

  it("does not keep a process alive that told it not to", async function () {
    this.timeout(30_000);
    const program = `
      const { serveSimulator } = require("./rehearsal/clouds/simulators/simulator.ts");
      serveSimulator({ "GET /": () => ({ status: 200 }) }, {}).then(async (simulator) => {
        await fetch(simulator.url);
        simulator.unref();
      });`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--require", resolve(ROOT, "bin/transpile.cjs"), "--eval", program],
      { cwd: ROOT, timeout: 20_000 },
    );
    assert.equal(stdout, "");
  });
});
