import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { download } from "../../engine/download";
import { silent } from "../../operator/output";

describe("download", () => {
  let server: Server;
  let probe: string;

  before(async () => {
    // A fake download host: one path is there, one is not, one never answers.
    server = createServer((request, response) => {
      if (request.url === "/hangs") return;
      response.writeHead(request.url === "/install.sh" ? 200 : 404).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    probe = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  const attempt = async (path: string) => {
    const installed: string[] = [];
    const install = ({ version, root }: { version: string; root: string }) =>
      Promise.resolve(installed.push(`${version} ${root}`));
    const options = { progress: silent, install, probe: probe + path, probeMs: 200 };
    return { refusal: await download("3.256.0", "/folder", options), installed };
  };

  it("installs where the host answers", async () => {
    const { refusal, installed } = await attempt("/install.sh");
    assert.equal(refusal, undefined);
    assert.deepEqual(installed, ["3.256.0 /folder"]);
  });

  it("installs nothing where the host refuses, hangs or is not there, and says which", async () => {
    const host = new URL(probe).host;
    const cases = { "/absent": "answered 404", "/hangs": "did not answer within 0.2 s" };
    for (const [path, expected] of Object.entries(cases)) {
      const { refusal, installed } = await attempt(path);
      const fix = `let this machine reach https://${host}`;
      assert.deepEqual(refusal, { reason: `${host} ${expected}`, fix });
      assert.deepEqual(installed, []);
    }
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const free = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    gone.close();
    await once(gone, "close");
    const refusal = await download("3.256.0", "/folder", { progress: silent, probe: free });
    assert.match(refusal?.reason ?? "", /cannot be reached: ECONNREFUSED/);
  });
});
