import assert from "node:assert/strict";
import { planned } from "./given";

const rest = { generation: 1, active: "a", slots: { a: 1 } };
const staged = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
const active = { ...staged, active: "b" };

describe("a plan of values that went straight to a store", () => {
  const google = "projects/example-prod/secrets/capanel-vite-strapi-api-key/versions/2";
  const aws = "arn:aws:secretsmanager:us-east-1:111122223333:secret:example-AbCdEf|v2";
  const referring = (name: string, version: string) => ({
    [name]: { b: { generation: 2, version } },
  });
  const rules = (plan: ReturnType<typeof planned>) =>
    plan.findings.filter(({ level }) => level === "error").map(({ rule }) => rule);

  it("counts no write for a version that is in the store already", () => {
    const name = "VITE_STRAPI_API_KEY";
    const change = { base: { [name]: rest }, head: { [name]: staged } };
    assert.equal(planned(change).writes[0]?.writes, 1);
    assert.deepEqual(planned({ ...change, external: referring(name, google) }).writes, []);
  });

  it("finds that one in AWS is to be staged and activated in one update, and nothing where it was staged before", () => {
    const name = "OPENROUTER_API_KEY";
    const external = referring(name, aws);
    const given = { system: "project", external, head: { [name]: active } };
    assert.deepEqual(rules(planned({ ...given, base: { [name]: rest } })), ["reference-at-once"]);
    assert.deepEqual(rules(planned({ ...given, base: { [name]: staged } })), []);
  });

  it("finds nothing wrong with the same in Google, whose consumers pin a version", () => {
    const name = "VITE_STRAPI_API_KEY";
    const change = { base: { [name]: rest }, head: { [name]: active } };
    assert.deepEqual(rules(planned({ ...change, external: referring(name, google) })), []);
  });
});
