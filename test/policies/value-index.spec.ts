import assert from "node:assert/strict";
import fc from "fast-check";
import { ValueIndex } from "../../policies/value-index";

/** Below this length a value counts only as a whole. */
const CONTAINED_FROM = 4;

describe("value-index", () => {
  function indexOf(values: readonly string[]): ValueIndex<string> {
    const index = new ValueIndex<string>(CONTAINED_FROM);
    for (const value of values) index.add(value, value);
    return index;
  }

  it("tells a text that is a value from one that holds it", () => {
    const index = indexOf(["canary", "cat"]);
    assert.deepEqual([...index.find("canary")], [{ tag: "canary", whole: true }]);
    assert.deepEqual([...index.find("a canary, a cat")], [{ tag: "canary", whole: false }]);
    assert.deepEqual([...index.find("cat")], [{ tag: "cat", whole: true }]);
    assert.deepEqual([...index.find("canar")], []);
  });

  it("finds what looking for each value in turn finds, in any text", () => {
    // Few letters, so that values begin alike and overlap; some of them beyond one byte and one unit.
    const text = fc.string({ unit: fc.constantFrom("a", "b", "ā", "😀"), maxLength: 24 });
    const value = fc.string({
      unit: fc.constantFrom("a", "b", "ā", "😀"),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.uniqueArray(value, { maxLength: 6 }), text, (values, searched) => {
        const held = values.filter(
          (one) => one === searched || (one.length >= CONTAINED_FROM && searched.includes(one)),
        );
        const found = new Set([...indexOf(values).find(searched)].map(({ tag }) => tag));
        assert.deepEqual([...found].sort(), held.sort());
      }),
    );
  });
});
