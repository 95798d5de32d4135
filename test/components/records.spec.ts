import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigurationError } from "../../components/errors";
import { ROTATIONS, readRecord, readRecords } from "../../components/records";
import { AT_REST, HIGHEST_GENERATION } from "../../components/rotation";
import { reached } from "./model";

const NAME = "EXAMPLE_SECRET";
const SECRET = { name: NAME };
const PATH = `${ROTATIONS}.${NAME}`;

/** That the record is refused at this path, with what is allowed and what mends it. */
function refusedAt(record: unknown, path: string, slots = 2): void {
  assert.throws(
    () => readRecord(record, { name: NAME, slots }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.equal(error.path, path);
      assert.ok(error.message.startsWith(`${path}: `));
      assert.ok(error.allowed.length > 0 && error.fix.length > 0);
      return true;
    },
  );
}

const legal = { generation: 5, active: "b", slots: { a: 4, b: 5 } };
const wrongNumber = fc.oneof(
  fc.integer({ max: 0 }),
  fc.integer({ min: HIGHEST_GENERATION + 1 }),
  fc.double({ noInteger: true }),
  fc.constantFrom<unknown>("5", "", null, true, [], {}, NaN, Infinity),
);
const wrongTime = fc.constantFrom<unknown>(
  "yesterday",
  "2026-01-31",
  "2026-01-31T12:00:00",
  "2026-01-31T12:00:00+01:00",
  "2026-02-30T12:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-13-01T00:00:00Z",
  "",
  20260131,
  null,
  new Date(0),
);
const wrongNote = fc.oneof(
  fc.constantFrom<unknown>("", null, 7, ["because"], {}),
  fc.string({ minLength: 501, maxLength: 600 }),
);

describe("records: what is refused, and where", () => {
  const mutated = (field: string, wrong: fc.Arbitrary<unknown>) =>
    fc.assert(
      fc.property(reached, wrong, ({ record, slots }, value) => {
        refusedAt({ ...record, [field]: value }, `${PATH}.${field}`, slots.length);
      }),
    );

  it("a highest generation that is no number in bounds", () => mutated("generation", wrongNumber));
  it("a time that is none, or not UTC", () => {
    mutated("at", wrongTime);
    mutated("graceEnds", wrongTime);
  });
  it("a reason or a name that is no text, empty or too long", () => {
    mutated("reason", wrongNote);
    mutated("by", wrongNote);
  });
  it("an active slot that is empty, unknown or no text", () =>
    mutated(
      "active",
      fc.constantFrom<unknown>("z", "", "A", "constructor", "__proto__", "toString", 1, null, [
        "a",
      ]),
    ));
  it("slots that are no map", () => mutated("slots", fc.constantFrom<unknown>("a", 1, null, [1])));

  it("a field that no record has", () => {
    fc.assert(
      fc.property(
        reached,
        fc.stringMatching(/^[a-z]{1,12}$/).filter((key) => !(key in { ...legal, at: 0, by: 0 })),
        ({ record, slots }, key) => {
          if (key === "reason") return;
          refusedAt({ ...record, [key]: 1 }, `${PATH}.${key}`, slots.length);
        },
      ),
    );
  });

  it("a missing field", () => {
    for (const field of ["generation", "active", "slots"])
      refusedAt({ ...legal, [field]: undefined }, `${PATH}.${field}`);
  });

  it("a slot that holds no generation, one above the highest, or another slot's", () => {
    fc.assert(
      fc.property(reached, wrongNumber, ({ record, slots }, wrong) => {
        const { active } = record;
        refusedAt(
          { ...record, slots: { ...record.slots, [active]: wrong } },
          `${PATH}.slots.${active}`,
          slots.length,
        );
        refusedAt(
          { ...record, slots: { ...record.slots, [active]: record.generation + 1 } },
          `${PATH}.slots.${active}`,
          slots.length,
        );
      }),
    );
    refusedAt({ ...legal, slots: { a: 5, b: 5 } }, `${PATH}.slots.b`);
  });

  it("a slot that this secret does not have", () => {
    refusedAt({ ...legal, slots: { ...legal.slots, c: 3 } }, `${PATH}.slots.c`);
    refusedAt({ ...legal, slots: { ...legal.slots, B: 3 } }, `${PATH}.slots.B`);
    assert.deepEqual(
      readRecord({ ...legal, slots: { ...legal.slots, c: 3 } }, { name: NAME, slots: 3 }).slots.c,
      3,
    );
  });

  it("the end of a grace that nothing is in, a staged generation beside it or not", () => {
    const graceEnds = "2026-01-31T12:00:00Z";
    refusedAt({ ...legal, slots: { b: 5 }, graceEnds }, `${PATH}.graceEnds`);
    refusedAt({ ...legal, active: "a", graceEnds }, `${PATH}.graceEnds`);
    assert.equal(readRecord({ ...legal, graceEnds }, SECRET).graceEnds, graceEnds);
  });

  it("an entry that is no record at all", () => {
    for (const entry of [null, 5, "b", [legal], true]) refusedAt(entry, PATH);
  });
});

describe("records: the setting as a whole", () => {
  it("puts a secret without an entry at rest, and reads the others as they are", () => {
    const records = readRecords({ B: legal }, [{ name: "A" }, { name: "B" }]);
    assert.deepEqual([...records.keys()], ["A", "B"]);
    assert.deepEqual(records.get("A"), AT_REST);
    assert.deepEqual(records.get("B"), legal);
    assert.deepEqual(readRecords(undefined, [SECRET]).get(NAME), AT_REST);
  });

  it("refuses a name that no chosen system declares, and lists those that are", () => {
    assert.throws(
      () => readRecords({ SECRT_KEY: legal }, [{ name: "SECRET_KEY" }]),
      (error: unknown) =>
        error instanceof ConfigurationError &&
        error.path === `${ROTATIONS}.SECRT_KEY` &&
        error.allowed === "SECRET_KEY",
    );
  });

  it("gives a secret that moves with another that one's record, and refuses one of its own", () => {
    const pair = [{ name: "PRIVATE_HALF" }, { name: "PUBLIC_HALF", movesWith: "PRIVATE_HALF" }];
    const records = readRecords({ PRIVATE_HALF: legal }, pair);
    assert.deepEqual(records.get("PUBLIC_HALF"), legal);
    assert.throws(() => readRecords({ PUBLIC_HALF: legal }, pair), {
      message: /rekey:rotations\.PUBLIC_HALF.*moves with PRIVATE_HALF/s,
    });
  });

  it("refuses a setting that is no map", () => {
    for (const raw of [null, [], "text", 3])
      assert.throws(
        () => readRecords(raw, [SECRET]),
        (error: unknown) => error instanceof ConfigurationError && error.path === ROTATIONS,
      );
  });

  it("takes a secret's name for what it is, even that of a property that every object has", () => {
    assert.deepEqual(readRecords({}, [{ name: "constructor" }]).get("constructor"), AT_REST);
  });
});
