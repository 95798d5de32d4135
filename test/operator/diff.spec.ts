import assert from "node:assert/strict";
import { unifiedDiff } from "../../operator/diff";

const lines = (...numbers: (number | string)[]) => numbers.map((line) => `${line}\n`).join("");

describe("the diff", () => {
  it("shows each change with three lines around it", () => {
    const before = lines(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const after = lines(1, 2, 3, 4, "five", 6, 7, 8, 9, 10, 11, 12, 14, 15, 16);
    assert.equal(
      unifiedDiff(before, after, { name: "x" }),
      [
        "--- a/x",
        "+++ b/x",
        "@@ -2,7 +2,7 @@",
        ...[" 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"],
        "@@ -10,6 +10,6 @@",
        ...[" 10", " 11", " 12", "-13", " 14", " 15", "+16"],
      ].join("\n"),
    );
  });

  it("is empty for the same text, and counts from an empty one", () => {
    assert.equal(unifiedDiff("a\n", "a\n", { name: "x" }), "");
    assert.equal(unifiedDiff("", "a\n", { name: "x" }), "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a");
  });

  it("hides ciphertexts and control characters", () => {
    const diff = unifiedDiff(
      "a: 1\n",
      'a: { secure: v1:abc }\nb:\n  secure: "v1:def"\nc: \x1b[2J\n',
      { name: "x" },
    );
    assert.ok(!/v1:|\x1b/.test(diff), diff);
    assert.match(diff, /\+a: \{ secure: \[ciphertext\] \}/);
  });

  it("has colour on demand only", () => {
    assert.match(
      unifiedDiff("a\n", "b\n", { name: "x", colour: true }),
      /\x1b\[31m-a\x1b\[39m\n\x1b\[32m\+b/,
    );
    assert.doesNotMatch(unifiedDiff("a\n", "b\n", { name: "x" }), /\x1b/);
  });
});
