import assert from "node:assert/strict";
import { lstat, readlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { silent } from "../../operator/output";
import { makeProject, pluginCache } from "../../rehearsal/project";
import { localProviders } from "../../rehearsal/providers";
import { removeFolder } from "../../rehearsal/leftovers";
import { openSession, prepareSystem } from "../../rehearsal/session";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { ENGINE_MS } from "../support/rehearsal";

const FULL = process.env["REKEY_MATRIX"] === "full";

describe("rekey rehearse --providers official", function () {
  this.timeout(ENGINE_MS);

  it("keeps what the engine downloads for the next rehearsal, and nothing else", async () => {
    const { root, env } = await makeProject("official", {});
    try {
      const plugins = join(String(env["PULUMI_HOME"]), "plugins");
      assert.equal(await readlink(plugins), pluginCache());
      assert.ok((await lstat(pluginCache())).isDirectory());
      assert.equal(env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"], undefined);
    } finally {
      await removeFolder(root);
    }
    assert.ok((await lstat(pluginCache())).isDirectory(), "the cache went with the rehearsal");
  });

  it("takes plugins that are on PATH, and leads them to the local clouds by settings alone", async function () {
    if (!FULL) return this.skip();
    const path = process.env["PATH"];
    process.env["PATH"] = [...localProviders().map((provider) => provider.path), path].join(
      delimiter,
    );
    const session = await openSession(capanelRehearsal, {
      ...{ providers: "official", overlapSeconds: 0, progress: silent },
    }).finally(() => (process.env["PATH"] = path));
    try {
      await prepareSystem(session, capanelRehearsal);
      const { outputs, changes } = await session.update("up", { create: true });
      assert.ok((changes.create ?? 0) > 20);
      assert.equal((await fetch(`${String(outputs["capanelApi"])}/readyz`)).status, 200);
      await session.update("again", { expectNoChanges: true });
    } finally {
      await session.close();
    }
  });
});
