import assert from "node:assert/strict";
import fc from "fast-check";
import { validate } from "../../../../rehearsal/providers/protocol/check";
import { randomProvider } from "../../../../rehearsal/providers/random";
import { bcryptHash } from "../../../../rehearsal/providers/random/bcrypt";
import { randomText, type Shape } from "../../../../rehearsal/providers/random/text";

// The 16 bytes that bcrypt's own alphabet spells as the given 22 characters.
function salt(text: string): Buffer {
  const ours = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const theirs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const base64 = [...text].map((character) => theirs[ours.indexOf(character)]).join("");
  return Buffer.from(base64, "base64").subarray(0, 16);
}

describe("rehearsal/providers/random", () => {
  it("hashes as bcrypt does", () => {
    const vectors: [text: string, salt: string, digest: string][] = [
      ["", "DCq7YPn5Rq63x1Lad4cll.", "TV4S6ytwfsfvkgY8jIucDrjc8deX1s."],
      ["a", "m0CrhHm10qJ3lXRY.5zDGO", "3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
    ];
    for (const [text, from, digest] of vectors) {
      assert.equal(bcryptHash(text, 6, salt(from)), `$2a$06$${from}${digest}`);
    }
  });

  it("makes texts of the wanted length, alphabet and minimums", () => {
    const minimum = fc.integer({ min: 0, max: 4 });
    const flags = { upper: fc.boolean(), lower: fc.boolean(), numeric: fc.boolean() };
    const shapes = fc.record<Shape>({
      ...flags,
      special: fc.constant(true),
      length: fc.integer({ min: 16, max: 40 }),
      minUpper: minimum,
      minLower: minimum,
      minNumeric: minimum,
      minSpecial: minimum,
      overrideSpecial: fc.constantFrom(undefined, "_"),
    });
    fc.assert(
      fc.property(shapes, (shape) => {
        const text = randomText(shape);
        const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
        assert.equal(text.length, shape.length);
        assert.ok(count(/[A-Z]/g) >= shape.minUpper && count(/[a-z]/g) >= shape.minLower);
        assert.ok(count(/[0-9]/g) >= shape.minNumeric);
        const special = shape.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?";
        const specials = [...text].filter((character) => !/[A-Za-z0-9]/.test(character));
        assert.ok(specials.length >= shape.minSpecial);
        assert.ok(specials.every((character) => special.includes(character)));
        if (!shape.upper && shape.minUpper === 0) assert.equal(count(/[A-Z]/g), 0);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses impossible shapes before anything is generated", () => {
    const [password] = randomProvider.resources;
    assert.ok(password);
    const problems = (values: Record<string, unknown>) =>
      validate(password.inputs, values, password.token);
    assert.deepStrictEqual(problems({ length: 8 }), []);
    assert.match(
      problems({ length: 3, minUpper: 2, minLower: 2 }).join(),
      /length must be at least/,
    );
    const off = { length: 8, upper: false, lower: false, numeric: false, special: false };
    assert.match(problems(off).join(), /at least one of/);
  });
});
