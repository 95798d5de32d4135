import assert from "node:assert/strict";
import { runOverSsh } from "../../../stacks/self-hosted/ssh";
import { newSshKeyPair } from "../../../rehearsal/clouds/host/key-pair";
import { type TestHost, testHost } from "../../rehearsal/clouds/host/fixture";

describe("stacks/self-hosted/ssh, on a host", function () {
  this.timeout(60_000);
  let on: TestHost;
  before(async () => (on = await testHost()));
  after(() => on?.remove());

  const run = (command: string, hostKey: string | undefined, privateKey?: string) => {
    const { address: host, port, user, privateKey: own } = on.host;
    const key = { privateKey: privateKey ?? own.reveal() };
    return runOverSsh({ host, port, user, ...key, ...(hostKey ? { hostKey } : {}) }, command);
  };

  it("runs a command on the machine of the pinned key, and gives its status and outputs", async () => {
    const ran = await run("echo out; echo err >&2; exit 3", on.host.hostKey);
    assert.deepEqual(ran, { code: 3, out: "out\n", err: "err\n" });
  });

  it("runs nothing on a machine with another key", async () => {
    const other = newSshKeyPair().public;
    await assert.rejects(run("true", other), /host|handshake|verif/i);
  });

  it("believes whoever answers where no key is pinned", async () => {
    assert.equal((await run("true", undefined)).code, 0);
  });

  it("rejects for a private key that the machine does not know", async () => {
    const other = newSshKeyPair().private;
    await assert.rejects(run("true", on.host.hostKey, other), /authentication/i);
  });
});
