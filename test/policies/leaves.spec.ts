import assert from "node:assert/strict";
import fc from "fast-check";
import { at, isAbsent, leaves, propertiesOf, textOf } from "../../policies/leaves";
import { printable } from "../../policies/message";
import { secret, unknown } from "./harness";

const tree = propertiesOf({
  plain: "text",
  marked: secret({ inner: ["a", unknown] }),
  list: [secret("b"), null, 3],
  open: unknown,
});

describe("leaves", () => {
  it("tells a mark on a property from one around it", () => {
    assert.equal(at(tree, "plain")?.secret, "none");
    assert.equal(at(tree, "marked")?.secret, "self");
    assert.equal(at(tree, "marked", "inner", 0)?.secret, "within");
    assert.equal(at(tree, "list")?.secret, "none");
    assert.equal(at(tree, "list", 0)?.secret, "self");
  });

  it("lists every leaf with its path, unknown ones too", () => {
    const found = [...leaves(tree)].map(({ path, kind }) => `${printable(path)} ${kind}`);
    assert.deepEqual(found, [
      "plain scalar",
      "marked.inner[0] scalar",
      "marked.inner[1] unknown",
      "list[0] scalar",
      "list[1] scalar",
      "list[2] scalar",
      "open unknown",
    ]);
  });

  it("has everything below an unknown unknown, and nothing below what is not there", () => {
    assert.equal(at(tree, "open", "deep", 3)?.kind, "unknown");
    assert.equal(at(tree, "absent", "deep"), undefined);
    assert.equal(at(tree, "plain", "deep"), undefined);
    assert.equal(at(tree, "list", "name"), undefined);
  });

  it("takes null for absent and only texts for text", () => {
    assert.equal(isAbsent(at(tree, "list", 1)), true);
    assert.equal(isAbsent(at(tree, "open")), false);
    assert.equal(textOf(at(tree, "list", 2)), undefined);
    assert.equal(textOf(at(tree, "list", 0)), "b");
  });

  it("keeps a key that could be a value out of a printed path", () => {
    assert.equal(printable(["data", "tls.key", 0]), "data.tls.key[0]");
    for (const key of ["two words", "a/b", "q7Zt1Lw0Xc9Vb2Nm8Kd4q7Zt1Lw0Xc9Vb2Nm8Kd4", ""])
      assert.equal(printable(["data", key]), "data.*");
  });

  it("never throws, whatever the engine sends", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ maxDepth: 4 })), (wire) => {
        for (const leaf of leaves(propertiesOf(wire))) printable(leaf.path);
      }),
      { numRuns: 200 },
    ));
});
