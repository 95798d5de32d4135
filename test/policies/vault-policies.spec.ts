import assert from "node:assert/strict";
import { vaultGrants } from "../../policies/vault-policies";

const wide = (policy: string) => vaultGrants(policy).map((grant) => grant.wide);

describe("Vault policies", () => {
  it("reads blocks with inner braces", () =>
    assert.deepEqual(
      wide(`path "secret/*" {
        allowed_parameters = { "*" = [] }
        capabilities = ["read"]
      }
      path "secret/data/app" { capabilities = ["read"] }`),
      [true, false],
    ));

  it("reads JSON, with one block a path or several", () => {
    const read = { capabilities: ["read"] };
    assert.deepEqual(
      wide(JSON.stringify({ path: { "secret/*": read, "secret/data/app": read } })),
      [true, false],
    );
    assert.deepEqual(wide(JSON.stringify({ path: [{ "secret/*": [read] }] })), [true]);
    assert.deepEqual(wide(JSON.stringify({ path: { "secret/*": { policy: "write" } } })), [true]);
  });

  it("leaves comments out, and not what looks like one in quotes", () => {
    assert.deepEqual(wide('# path "secret/*" { capabilities = ["read"] }'), []);
    assert.deepEqual(wide('/* path "secret/*" { capabilities = ["read"] } */'), []);
    assert.deepEqual(wide('path "secret/*" { // {\n capabilities = ["read"] # }\n }'), [true]);
    assert.deepEqual(wide('path "secret/app#1/*" { capabilities = ["read"] }'), [false]);
  });

  it("does not count what a block refuses", () =>
    assert.deepEqual(wide('path "secret/*" { capabilities = ["deny"] }'), [false]));

  it("is done with a long and tricky text in no time", () => {
    for (const part of ["\n", "/*", '\\"', '"', "{", "path ", "#", "*/", '"{'])
      wide(part.repeat(262_144 / part.length));
  }).timeout(3000);
});
