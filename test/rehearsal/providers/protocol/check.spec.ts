import assert from "node:assert/strict";
import { z } from "zod";
import { turned, validate } from "../../../../rehearsal/providers/protocol/check";
import { UNKNOWN } from "../../../../rehearsal/providers/protocol/values";

const schema = z
  .strictObject({
    name: z.string().regex(/^a/, { message: "must start with a" }),
    list: z.array(z.strictObject({ size: z.number() })).optional(),
    other: z.string().optional(),
  })
  .refine((value) => value.name !== value.other, { message: "name and other must differ" });

describe("rehearsal/providers/protocol/check", () => {
  it("names unknown inputs at every level, and never quotes a value", () => {
    const problems = validate(
      schema,
      { name: "ab", nmae: "c", list: [{ size: 1, sice: 2 }] },
      "x:y:Z",
    );
    assert.deepStrictEqual(problems, [
      'unknown input "list[0].sice" of x:y:Z',
      'unknown input "nmae" of x:y:Z',
    ]);
    const wrong = validate(schema, { name: "canary", list: [{ size: "canary" }] }, "x:y:Z");
    assert.ok(wrong.length === 2 && wrong.every((problem) => !problem.includes("canary")));
  });

  it("accepts what a preview cannot know, but not a stray input beside it", () => {
    assert.deepStrictEqual(validate(schema, { name: UNKNOWN, list: UNKNOWN }, "x:y:Z"), []);
    const list = [{ size: UNKNOWN, sice: 1 }];
    assert.deepStrictEqual(validate(schema, { name: "a", list }, "x:y:Z"), [
      'unknown input "list[0].sice" of x:y:Z',
    ]);
  });

  it("applies rules that span inputs", () => {
    assert.deepStrictEqual(validate(schema, { name: "a", other: "a" }, "x:y:Z"), [
      "x:y:Z: name and other must differ",
    ]);
  });

  it("turns an input into another, its secrets with it, unless a part of it is not known", () => {
    const turns = { from: "text", to: "data", entry: (value: string) => value.toUpperCase() };
    const inputs = {
      values: { text: { a: "one" }, data: { a: "X", b: "Y" } },
      secrets: [["text", "a"]],
    };
    assert.deepStrictEqual(turned({ turns }, inputs), {
      values: { data: { a: "ONE", b: "Y" } },
      secrets: [["data", "a"]],
    });
    const unknown = { values: { text: { a: UNKNOWN } }, secrets: [] };
    assert.equal(turned({ turns }, unknown), unknown);
    assert.equal(turned({}, inputs), inputs);
  });
});
