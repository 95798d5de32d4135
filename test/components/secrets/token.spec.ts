import assert from "node:assert/strict";
import fc from "fast-check";
import { Token, activeGeneration, liveGenerations } from "../../../components";
import { managed, named, run } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { APPLY, attempt, reached } from "../model";
import { SHAPE_INPUTS, itGenerates } from "./generated";

describe("components/secrets/token", () => {
  itGenerates({
    create: (name, record, opts) => new Token(name, { record }, opts),
    shape: { length: 43, special: false },
  });

  it("takes another length with the next generation only: the change is ignored on what lives", async () => {
    const token = (length?: number) =>
      run(() => new Token("key", { record: RECORDS.rest, length }));
    const before = named((await token()).resources, "key-a");
    const after = named((await token(64)).resources, "key-a");
    assert.deepStrictEqual(after, { ...before, inputs: { ...before.inputs, length: 64 } });
    assert.ok(after.ignoreChanges.includes("length"));
  });

  it("ignores a change of every input that shapes a value", async () => {
    const { resources } = await run(() => new Token("key", { record: RECORDS.rest }));
    assert.deepEqual(named(resources, "key-a").ignoreChanges, SHAPE_INPUTS);
  });

  it("never touches the value in use, whatever move follows on whatever record", async () => {
    const move = fc.constantFrom(...(Object.keys(APPLY) as (keyof typeof APPLY)[]));
    await fc.assert(
      fc.asyncProperty(reached, move, async ({ slots, record }, name) => {
        const moved = attempt(record, name, slots).record;
        const before = await run(() => new Token("key", { record }));
        const after = await run(() => new Token("key", { record: moved }));
        const slot = record.active;
        assert.deepStrictEqual(
          named(after.resources, `key-${slot}`).inputs,
          named(before.resources, `key-${slot}`).inputs,
        );
        assert.deepEqual(
          managed(after.resources).map((one) => [one.name, one.protect]),
          liveGenerations(moved)
            .map((live) => [`key-${live.slot}`, live.generation === activeGeneration(moved)])
            .sort(),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("refers to what was adopted instead of generating it", async () => {
    const adopted = { storeVersion: "7" };
    const { result, resources } = await run(
      () => new Token("key", { record: RECORDS.staged, adopted }),
    );
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["key-b"],
    );
    const [first] = result.generations;
    assert.deepStrictEqual(first, {
      slot: "a",
      generation: 1,
      state: "active",
      storeVersion: "7",
    });
  });
});
