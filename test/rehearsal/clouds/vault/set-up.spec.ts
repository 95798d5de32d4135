import assert from "node:assert/strict";
import { DEPLOY_POLICY } from "../../../../rehearsal/clouds/vault/set-up";
import { textOf } from "../../../docs/markdown";

describe("rehearsal/clouds/vault/set-up", () => {
  it("gives the program in the rehearsal of project exactly the policy that the page documents", () => {
    const documented = /```hcl\n([^`]+)```/.exec(textOf("docs/vault.md"))?.[1];
    assert.equal(DEPLOY_POLICY.trim(), documented?.trim());
  });
});
