import assert from "node:assert/strict";
import fc from "fast-check";
import {
  acceptedOf,
  activeGeneration,
  liveGenerations,
  retiredGenerations,
} from "../../components";
import { RECORDS } from "./fixtures";
import { reached } from "./model";

const numbers = (record: Parameters<typeof liveGenerations>[0]) =>
  acceptedOf(liveGenerations(record)).accepted.map(({ generation }) => generation);

describe("components/accepted", () => {
  it("accepts every live generation and no retired one, after whatever moves", () => {
    fc.assert(
      fc.property(reached, ({ record }) => {
        const { active } = acceptedOf(liveGenerations(record));
        const accepted = numbers(record);
        assert.equal(active.generation, activeGeneration(record));
        assert.deepEqual([...accepted].sort(byNumber), Object.values(record.slots).sort(byNumber));
        for (const retired of retiredGenerations(record)) assert.ok(!accepted.includes(retired));
      }),
    );
  });

  it("puts the active one first, those in grace next, newest first, and the staged ones last", () => {
    fc.assert(
      fc.property(reached, ({ record }) => {
        const active = activeGeneration(record);
        const [first, ...rest] = numbers(record);
        assert.equal(first, active);
        const grace = rest.filter((generation) => generation < active);
        const staged = rest.filter((generation) => generation > active);
        assert.deepEqual(rest, [...grace, ...staged]);
        assert.deepEqual(grace, [...grace].sort(byNumber).reverse());
        assert.deepEqual(staged, [...staged].sort(byNumber));
      }),
    );
  });

  it("accepts a staged generation before anybody signs with it", () => {
    const { active, accepted } = acceptedOf(liveGenerations(RECORDS.staged));
    assert.equal(active.generation, 1);
    assert.deepEqual(
      accepted.map(({ generation, state }) => [generation, state]),
      [
        [1, "active"],
        [2, "staged"],
      ],
    );
  });
});

function byNumber(one: number, other: number): number {
  return one - other;
}
