import assert from "node:assert/strict";
import { jsonPatch } from "../../../../rehearsal/clouds/kubernetes/json-patch";

describe("rehearsal/clouds/kubernetes: JSON patches", () => {
  const object = { metadata: { labels: { "a/b": "1" } }, list: ["one", "two"] };

  it("add, replace and remove what their paths name, in a copy", () => {
    const patched = jsonPatch(object, [
      { op: "test", path: "/list/0", value: "one" },
      { op: "remove", path: "/metadata/labels/a~1b" },
      { op: "add", path: "/metadata/labels/c", value: "2" },
      { op: "replace", path: "/list/1", value: "three" },
      { op: "add", path: "/list/-", value: "four" },
    ]);
    assert.deepEqual(patched, {
      metadata: { labels: { c: "2" } },
      list: ["one", "three", "four"],
    });
    assert.deepEqual(object.list, ["one", "two"]);
  });

  it("change nothing where there is no operation, as some clients write none", () => {
    assert.deepEqual(jsonPatch(object, null), object);
  });

  it("are refused where they do not fit, without a word of their values", () => {
    for (const operation of [
      { op: "replace", path: "/data/key", value: "canary" },
      { op: "test", path: "/list/0", value: "canary" },
      { op: "move", path: "/list/0", value: "canary" },
    ])
      assert.throws(
        () => jsonPatch(object, [operation]),
        (error: Error) => !error.message.includes("canary") && /fit|knows/.test(error.message),
      );
  });
});
