import assert from "node:assert/strict";
import { planned } from "./given";

const rest = { generation: 1, active: "a", slots: { a: 1 } };
const staged = { generation: 2, active: "a", slots: { a: 1, b: 2 } };

describe("a plan of values that went straight to a store", () => {
  const google = "projects/example-prod/secrets/capanel-vite-strapi-api-key/versions/2";
  const referring = (name: string, version: string) => ({
    [name]: { b: { generation: 2, version } },
  });
  it("counts no write for a version that is in the store already", () => {
    const name = "VITE_STRAPI_API_KEY";
    const change = { base: { [name]: rest }, head: { [name]: staged } };
    assert.equal(planned(change).writes[0]?.writes, 1);
    assert.deepEqual(planned({ ...change, external: referring(name, google) }).writes, []);
  });
});
