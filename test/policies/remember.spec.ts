import assert from "node:assert/strict";
import { remember } from "../../policies/remember";

describe("remember", () => {
  it("works out each text once, also where the answer is that there is none", () => {
    const asked: string[] = [];
    const length = remember((text) => {
      asked.push(text);
      return text === "" ? undefined : text.length;
    });
    assert.deepEqual(
      [length("two"), length(""), length("two"), length("")],
      [3, undefined, 3, undefined],
    );
    assert.deepEqual(asked, ["two", ""]);
  });

  it("forgets when there are too many, and answers the same", () => {
    const length = remember((text) => text.length);
    for (let index = 0; index < 50_000; index++) length(String(index));
    assert.equal(length("0"), 1);
  });
});
