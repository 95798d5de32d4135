import assert from "node:assert/strict";
import fc from "fast-check";
import { diff, detailed, project } from "../../../../rehearsal/providers/protocol/diff";
import { UNKNOWN } from "../../../../rehearsal/providers/protocol/values";

const rules = {
  replaceOn: ["name", "shape"],
  inPlace: ["shape.key"],
  serverFilled: ["filled", "list[*].filled"],
  writeOnly: ["password"],
  keyedLists: { list: "name" },
};

describe("rehearsal/providers/protocol/diff", () => {
  it("names each changed leaf, and what replaces", () => {
    const difference = diff(
      rules,
      { name: "a", shape: { key: "1", size: 1 }, kept: true, gone: "x" },
      { name: "a", shape: { key: "2", size: 2 }, kept: true, added: [1] },
    );
    assert.deepStrictEqual(detailed(difference), [
      ["shape.key", "UPDATE"],
      ["shape.size", "UPDATE_REPLACE"],
      ["gone", "DELETE"],
      ["added", "ADD"],
    ]);
    assert.deepStrictEqual(difference.replaces, ["shape"]);
  });

  it("counts an unknown leaf as changed", () => {
    const difference = diff(rules, { name: "a", list: [] }, { name: UNKNOWN, list: [] });
    assert.deepStrictEqual(detailed(difference), [["name", "UPDATE_REPLACE"]]);
  });

  it("sees no difference in what the server filled in, in empty values and in the order of keyed lists", () => {
    const old = {
      filled: 80,
      list: [{ name: "a", filled: 1 }, { name: "b" }],
      tags: {},
      on: false,
    };
    const wanted = { list: [{ name: "b" }, { name: "a" }] };
    assert.deepStrictEqual(diff(rules, old, wanted).changes, []);
  });

  it("sees an entry that left a keyed list and one that came", () => {
    const difference = diff(rules, { list: [{ name: "a" }] }, { list: [{ name: "b" }] });
    assert.deepStrictEqual(
      difference.changes.map(({ kind }) => kind),
      ["add", "delete"],
    );
  });

  it("records after a refresh what the program would have to say, so that no drift means no difference", () => {
    const old = { name: "a", password: "p", list: [{ name: "b" }, { name: "a" }] };
    const live = { name: "a", filled: 80, list: [{ name: "a", filled: 1 }, { name: "b" }] };
    assert.deepStrictEqual(project(rules, live, old), old);
    const drifted = project(rules, { ...live, name: "z" }, old);
    assert.deepStrictEqual(detailed(diff(rules, drifted, old)), [["name", "UPDATE_REPLACE"]]);
  });

  it("never finds a difference between equal inputs", () => {
    const bag = fc.dictionary(fc.constantFrom("name", "shape", "list", "tags"), fc.jsonValue());
    fc.assert(
      fc.property(bag, (inputs) => {
        assert.deepStrictEqual(diff({}, inputs, structuredClone(inputs)).changes, []);
      }),
      { numRuns: 200 },
    );
  });
});
