import assert from "node:assert/strict";
import { startProxmoxSimulator } from "../../../../rehearsal/clouds/simulators/proxmox";

describe("rehearsal/clouds/simulators/proxmox", () => {
  it("answers its version to tokens that exist, and 401 with the cause in the status line to all else", async () => {
    const proxmox = await startProxmoxSimulator();
    const ask = async (authorization?: string) => {
      const response = await fetch(`${proxmox.url}/api2/json/version`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      return [response.status, response.statusText, await response.json()] as const;
    };
    const header = (id: string, secret: string) => `PVEAPIToken=${id}=${secret}`;
    try {
      const token = proxmox.issue("panel@pve!rotation-1");
      const other = proxmox.issue();
      const good = header(token.id, token.secret.reveal());
      const [status, , body] = await ask(good);
      assert.equal(status, 200);
      assert.match((body as { data: { version: string } }).data.version, /^\d+\.\d+/);
      assert.equal((await ask(header(other.id, other.secret.reveal())))[0], 200);
      for (const [authorization, reason] of [
        [undefined, "No ticket"],
        ["Bearer x", "No ticket"],
        [header("panel@pve!nobody", token.secret.reveal()), "no such token 'nobody'"],
        [header(token.id, other.secret.reveal()), "invalid token value!"],
      ] as const) {
        assert.deepEqual(await ask(authorization), [401, reason, { data: null }]);
      }
      assert.throws(() => proxmox.issue(token.id), /exists already/);
      assert.throws(() => proxmox.issue("panel"), /USER@REALM!TOKENID/);
      proxmox.revoke(token);
      assert.equal((await ask(good))[0], 401);
      assert.notEqual(proxmox.issue(token.id).secret.reveal(), token.secret.reveal());
    } finally {
      await proxmox.stop();
    }
  });
});
