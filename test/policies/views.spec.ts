import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { LONGEST, isSearchedWhole, viewsOf } from "../../policies/views";

const HIDDEN = "a text that is wrapped";

describe("views", () => {
  const wrapped: [string, string][] = [
    ["base64", Buffer.from(HIDDEN).toString("base64")],
    ["compressed base64", gzipSync(HIDDEN).toString("base64")],
    ["UTF-16 in base64", Buffer.from(HIDDEN, "utf16le").toString("base64")],
    [
      "UTF-16 with its mark in base64",
      Buffer.from(`\uFEFF${HIDDEN}`, "utf16le").toString("base64"),
    ],
    ["hexadecimal digits", Buffer.from(HIDDEN).toString("hex")],
    ["hexadecimal digits within a text", `echo ${Buffer.from(HIDDEN).toString("hex")} | xxd -r`],
    ["percent signs", encodeURIComponent(HIDDEN)],
    ["JSON", JSON.stringify({ a: [HIDDEN] })],
    ["base64 in JSON in base64", base64({ a: Buffer.from(HIDDEN).toString("base64") })],
    ["JSON after many other texts", JSON.stringify([...numbers(5000), base64(HIDDEN)])],
  ];
  for (const [what, text] of wrapped)
    it(`opens ${what}`, () => assert.ok(viewsOf(text).some((view) => view.includes(HIDDEN))));

  it("says which texts it did not search to the end", () => {
    assert.equal(isSearchedWhole("short"), true);
    assert.equal(isSearchedWhole(JSON.stringify(numbers(20_000))), true);
    assert.equal(isSearchedWhole("a".repeat(LONGEST + 1)), false);
    assert.equal(isSearchedWhole(gzipSync("a ".repeat(LONGEST)).toString("base64")), false);
  });

  it("is done with deep and wide documents in no time", () => {
    viewsOf("[".repeat(200_000) + '"a"' + "]".repeat(200_000));
    viewsOf(JSON.stringify(numbers(50_000)));
    viewsOf("ab".repeat(LONGEST / 2));
    viewsOf("%41".repeat(LONGEST / 3));
  }).timeout(5000);
});

function base64(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64");
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `entry number ${index}`);
}
