import assert from "node:assert/strict";
import fc from "fast-check";
import { resourceIn, resourcesIn } from "../../../policies/analyzer/resources";
import { Struct, Wire, readStruct } from "../../../policies/analyzer/wire";
import { at, textOf } from "../../../policies/leaves";
import { Declared, requestOf, stackRequestOf, struct } from "../declared";

/** The struct's values, with objects in place of maps. */
function read(bytes: Uint8Array): unknown {
  return plain(readStruct(new Wire(bytes)));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...(value as Struct)].map(([key, part]) => [key, plain(part)]));
}

describe("the engine's messages, read from their bytes", () => {
  const json = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, "", 0),
      fc.string({ unit: "grapheme" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.array(tie("value"), { maxLength: 4 }),
      tie("map"),
    ),
    map: fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 4 }),
  })).map;

  it("are the values that Google's own reading gives, whatever they hold", () =>
    fc.assert(
      fc.property(json, (value) => {
        const message = struct(value);
        assert.deepEqual(read(message.serializeBinary()), message.toJavaScript());
      }),
    ));

  it("have a key of any name", () => {
    // Google's own writer loses such a key, so it is put into the bytes of another one.
    const bytes = Buffer.from(struct({ zzprotozz: "canary" }).serializeBinary());
    bytes.write("__proto__", bytes.indexOf("zzprotozz"));
    assert.deepEqual([...readStruct(new Wire(bytes))], [["__proto__", "canary"]]);
  });

  const declared: Declared = {
    type: "a:b:C",
    name: "one",
    properties: { list: [{ word: "here" }], none: null },
    ignoreChanges: ["list"],
  };

  it("name a resource, its options and whether a provider makes it", () => {
    const found = resourceIn(requestOf(declared).serializeBinary());
    const { type, name, urn, provided, options, properties } = found;
    const facts = { type, name, urn, provided, options };
    assert.deepEqual(facts, {
      type: "a:b:C",
      name: "one",
      urn: "urn:pulumi:dev::example-project::a:b:C::one",
      provided: true,
      options: { ignoreChanges: ["list"] },
    });
    assert.equal(textOf(at(properties, "list", 0, "word")), "here");
    const component = { ...declared, managed: false };
    assert.equal(resourceIn(requestOf(component).serializeBinary()).provided, false);
  });

  it("name on what each property of a stack's resources depends", () => {
    const other: Declared = { type: "d:e:F", name: "other", properties: {} };
    const one: Declared = { ...declared, dependsOn: { list: ["other"], none: [] } };
    const found = resourcesIn(stackRequestOf([other, one]).serializeBinary());
    assert.deepEqual(
      found.map(({ name, sources }) => [name, sources]),
      [
        ["other", {}],
        ["one", { list: [{ type: "d:e:F", name: "other" }], none: [] }],
      ],
    );
  });

  it("may have fields that are not known yet", () => {
    const known = requestOf(declared).serializeBinary();
    // Field 99, a text of three letters.
    const more = Buffer.concat([known, Buffer.from([0x9a, 0x06, 0x03, 0x61, 0x62, 0x63])]);
    assert.deepEqual(resourceIn(more), resourceIn(known));
  });

  it("may have fields of every form that are not known yet", () => {
    // Field 99 as a number of ten bytes, as eight bytes and as four.
    const forms = [
      [0x98, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x9d, 0x06, 1, 2, 3, 4],
    ];
    const known = struct({ word: "here" }).serializeBinary();
    for (const form of forms)
      assert.deepEqual(read(Buffer.concat([Buffer.from(form), known])), { word: "here" });
  });

  for (const [what, bytes] of Object.entries({
    "a field that ends behind it": [0x0a, 0x7f, 0x0a],
    "a field within that ends behind its own": [0x0a, 0x04, 0x0a, 0x03, 0x61, 0x62],
    "a field without a number": [0x02, 0x01, 0x61],
    "a group, which there are none of": [0x0b, 0x0c],
    "a number in place of an entry": [0x08, 0x01],
    "a number that does not end": [0x98, 0x06, ...Array.from({ length: 300 }, () => 0x80)],
    "a length cut off": [0x0a, 0x80],
  }))
    it(`are refused with ${what}`, () => {
      assert.throws(() => read(Uint8Array.from(bytes)), RangeError);
    });

  it("are refused or read to their end, whatever the bytes are", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    ));
});
