import assert from "node:assert/strict";
import { startStrapiSimulator } from "../../../rehearsal/clouds/strapi";

describe("rehearsal/clouds/strapi", () => {
  it("accepts issued keys until they are revoked, several at a time", async () => {
    const strapi = await startStrapiSimulator();
    const get = async (key?: string) =>
      (
        await fetch(`${strapi.url}/api/articles`, {
          headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        })
      ).status;
    try {
      const [old, fresh] = [strapi.issue(), strapi.issue()];
      assert.notEqual(old, fresh);
      assert.deepEqual(
        await Promise.all([get(old), get(fresh), get(), get("guess")]),
        [200, 200, 401, 401],
      );
      strapi.revoke(old);
      assert.deepEqual(await Promise.all([get(old), get(fresh)]), [401, 200]);
      assert.throws(() => strapi.revoke(old), /not live/);
    } finally {
      await strapi.stop();
    }
    await assert.rejects(get("anything"));
  });
});
