import assert from "node:assert/strict";
import {
  decode,
  encode,
  formatPath,
  matches,
  UNKNOWN,
} from "../../../../rehearsal/providers/protocol/values";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("rehearsal/providers/protocol/values", () => {
  it("takes secrets and unknowns out of the wire form and puts them back", () => {
    const wire = { a: [1, secret("x")], b: { c: secret({ d: unknown }) }, e: "plain" };
    const decoded = decode(wire);
    assert.deepStrictEqual(decoded.values, { a: [1, "x"], b: { c: { d: UNKNOWN } }, e: "plain" });
    assert.deepStrictEqual(decoded.secrets, [
      ["a", 1],
      ["b", "c"],
    ]);
    assert.deepStrictEqual(encode(decoded.values, decoded.secrets), wire);
  });

  it("treats null as absent", () => {
    assert.deepStrictEqual(decode({ a: null, b: { c: null } }).values, { b: {} });
  });

  it("writes and matches paths as Pulumi does", () => {
    assert.equal(formatPath(["a", 0, "b", "x.y"]), 'a[0].b["x.y"]');
    assert.ok(matches("a[*].b", ["a", 3, "b", "c"]));
    assert.ok(!matches("a[*].b", ["a", 3]));
  });
});
