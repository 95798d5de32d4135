import assert from "node:assert/strict";
import fc from "fast-check";
import { validate } from "../../../../rehearsal/providers/protocol/check";
import { diff } from "../../../../rehearsal/providers/protocol/diff";
import type { Context } from "../../../../rehearsal/providers/protocol/resource";
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

function resource(name: string) {
  const found = randomProvider.resources.find(({ token }) => token.endsWith(`:Random${name}`));
  assert.ok(found, name);
  return found;
}

const context = {} as Context<undefined>;

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
    assert.deepStrictEqual(problems({ length: 8, number: false, numeric: false }), []);
    const torn = { length: 8, number: false, numeric: true };
    assert.match(problems(torn).join(), /number and numeric must not differ/);
  });

  it("takes a flag that is not given for on, and replaces a text when one is turned off", () => {
    const replaces = (given: object, wanted: object) =>
      ["Password", "String"].map((name) =>
        diff(resource(name), { length: 8, ...given }, { length: 8, ...wanted }).replaces.join(),
      );
    for (const flag of ["lower", "special", "upper"]) {
      assert.deepStrictEqual(replaces({}, { [flag]: true }), ["", ""], flag);
      assert.deepStrictEqual(replaces({ [flag]: true }, {}), ["", ""], flag);
      assert.deepStrictEqual(replaces({}, { [flag]: false }), [flag, flag]);
      assert.deepStrictEqual(replaces({ [flag]: false }, {}), [flag, flag]);
    }
    for (const digits of ["number", "numeric"]) {
      const both = ["number,numeric", "number,numeric"];
      assert.deepStrictEqual(replaces({}, { [digits]: true }), ["", ""], digits);
      assert.deepStrictEqual(replaces({}, { [digits]: false }), both);
    }
    assert.deepStrictEqual(replaces({}, { minUpper: 0 }), ["", ""]);
    assert.deepStrictEqual(replaces({}, { minUpper: 1 }), ["minUpper", "minUpper"]);
  });

  it("imports a text with the flags on and its length in bytes", async () => {
    const text = "pässword";
    for (const name of ["Password", "String"]) {
      const found = await resource(name).read(text, undefined, context);
      const flags = { lower: true, number: true, numeric: true, special: true, upper: true };
      assert.deepStrictEqual(found?.inputs, { length: 9, ...flags });
      assert.equal(found.outputs["result"], text);
      assert.equal(found.outputs["length"], 9);
    }
  });

  it("refuses an id to import that is no value of its kind, without repeating it", async () => {
    const wrong = [
      ["Bytes", "not base64!"],
      ["Bytes", "aGVsbG8"],
      ["Id", "prefix,!!"],
      ["Uuid", "nouuid"],
      ["Integer", "3"],
      ["Integer", "3,1,9,seed"],
    ] as const;
    for (const [name, id] of wrong) {
      const read = Promise.resolve().then(() => resource(name).read(id, undefined, context));
      await assert.rejects(read, (error: Error) => {
        assert.match(error.message, new RegExp(`import as random:index/random${name}:`));
        return !error.message.includes(id);
      });
    }
    const uuid = "3F0A6C0E-0C0F-0C0E-0C0E-0C0F4C0E8C0E";
    const found = await resource("Uuid").read(uuid, undefined, context);
    assert.equal(found?.id, uuid.toLowerCase());
  });
});
