import assert from "node:assert/strict";
import { byHand } from "../../operator/by-hand";
import { parseStackFile } from "../../operator/record-file";

const file = parseStackFile(
  "Pulumi.prod.yaml",
  `config:
  rekey:systems: [mgmt-vibe]
  rekey:credentials:
    mgmt-vibe-ssh-key: { secure: v1:ciphertext }
`,
);
const open = { file, systems: ["mgmt-vibe"], stack: "prod" } as const;

describe("operator/by-hand: what a rotation by role cannot move", () => {
  it("names the credentials that are set and that the role can read, and how to rotate them", () => {
    for (const how of [{ readableBy: "operator" }, { all: true }]) {
      const [line, ...others] = byHand(open, how);
      assert.match(String(line), /^rotate by hand: rekey:credentials\.mgmt-vibe-ssh-key: /);
      assert.match(String(line), /-s prod/);
      assert.deepEqual(others, []);
    }
  });

  it("names none for a role that cannot read them, nor where secrets are named", () => {
    assert.deepEqual(byHand(open, { readableBy: "finance" }), []);
    assert.deepEqual(byHand(open, {}), []);
  });
});
