import assert from "node:assert/strict";
import { configureVault } from "../../../../rehearsal/providers/vault/config";
import { silentServer } from "../silent-server";

describe("rehearsal/providers/vault: how long a call may take", () => {
  afterEach(() => {
    delete process.env["VAULT_CLIENT_TIMEOUT"];
  });
  const client = (address: string) =>
    configureVault({ address, token: "example", skipChildToken: "true" }).client();

  it("is what the official provider's variable says, with or without its unit", async () => {
    await silentServer(async (url) => {
      for (const seconds of ["1", "1s"]) {
        process.env["VAULT_CLIENT_TIMEOUT"] = seconds;
        const vault = await client(url);
        await assert.rejects(vault.read("secret/data/example"), /no answer in time/);
        vault.close();
      }
    });
  });

  it("is refused where it is no number of seconds", () => {
    for (const wrong of ["0", "soon", "-1"]) {
      process.env["VAULT_CLIENT_TIMEOUT"] = wrong;
      assert.throws(
        () => client("http://127.0.0.1:1"),
        /VAULT_CLIENT_TIMEOUT.*allowed: 1 and more/,
      );
    }
  });
});
