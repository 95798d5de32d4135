import assert from "node:assert/strict";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import fc from "fast-check";
import { resourceIn, resourcesIn } from "../../../policies/analyzer/resources";
import { readStruct } from "../../../policies/analyzer/wire";
import { at, textOf } from "../../../policies/leaves";
import { Declared, requestOf, stackRequestOf, struct } from "../declared";

/** The struct as a field of a message, as it always comes. */
function read(bytes: Uint8Array): Record<string, unknown> {
  const writer = new BinaryWriter();
  writer.writeBytes(1, bytes);
  const reader = new BinaryReader(writer.getResultBuffer());
  reader.nextField();
  return readStruct(reader);
}

/** Without the prototypes, which are not the same. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

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
        const found = read(message.serializeBinary());
        assert.deepEqual(plain(found), plain(message.toJavaScript()));
      }),
    ));

  it("have a key of any name", () => {
    // Google's own writer loses such a key, so it is put into the bytes of another one.
    const bytes = Buffer.from(struct({ zzprotozz: "canary" }).serializeBinary());
    bytes.write("__proto__", bytes.indexOf("zzprotozz"));
    assert.deepEqual(Object.entries(read(bytes)), [["__proto__", "canary"]]);
  });

  const declared: Declared = {
    type: "a:b:C",
    name: "one",
    properties: { list: [{ word: "here" }], none: null },
    ignoreChanges: ["list"],
  };

  it("name a resource, its options and whether a provider makes it", () => {
    const { properties, ...facts } = resourceIn(requestOf(declared).serializeBinary());
    assert.deepEqual(facts, {
      type: "a:b:C",
      name: "one",
      urn: "urn:pulumi:dev::example-project::a:b:C::one",
      provided: true,
      options: { ignoreChanges: ["list"] },
      sources: {},
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
});
