import assert from "node:assert/strict";
import fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import {
  BackupKey,
  JwtKey,
  Keyring,
  RotationRecord,
  SecretGeneration,
  SessionSecret,
  VapidPair,
  acceptedOf,
  liveGenerations,
  slotNames,
} from "../../../components";
import { Registered, managed, named, run, settled } from "../../support/mocks";
import { APPLY, attempt, reached } from "../model";

/** What may be edited in a program or a configuration without a rotation. */
interface Surroundings {
  readonly record: RotationRecord;
  readonly environment?: string;
  readonly shape: number;
}

type Secret = pulumi.Resource & { readonly generations: readonly SecretGeneration[] };

/** Every class that generates, with something of its shape that the given number decides where it has any. */
const CLASSES: Readonly<Record<string, (args: Surroundings) => Secret>> = {
  SessionSecret: ({ shape, ...args }) => new SessionSecret("key", { ...args, length: 43 + shape }),
  "JwtKey with a text": ({ shape: _, ...args }) => new JwtKey("key", args),
  "JwtKey with a pair": ({ shape: _, ...args }) =>
    new JwtKey("key", { ...args, algorithm: "ES256" }),
  VapidPair: ({ shape: _, ...args }) => new VapidPair("key", args),
  Keyring: ({ shape: _, ...args }) => new Keyring("key", args),
  BackupKey: ({ shape: _, ...args }) => new BackupKey("key", args),
};

const SITUATION = fc.record({
  environment: fc.constantFrom("prod", "staging"),
  shape: fc.integer({ min: 0, max: 60 }),
});

const move = fc.constantFrom(...(Object.keys(APPLY) as (keyof typeof APPLY)[]));

/** What the engine would act on: everything but the mark that an activation moves, and what it is told to ignore. */
function acted({ inputs, ignoreChanges, protect: _, ...rest }: Registered) {
  const kept = Object.entries(inputs).filter(([name]) => !ignoreChanges.includes(name));
  return { ...rest, ignoreChanges, inputs: Object.fromEntries(kept) };
}

describe("components/secrets: what lives is left alone", () => {
  for (const [name, create] of Object.entries(CLASSES))
    describe(name, function () {
      this.timeout(60_000);

      it("by every move, and by a change of shape, of slots and of the environment, in the same update", () =>
        fc.assert(
          fc.asyncProperty(
            fc.tuple(reached, SITUATION, SITUATION, move),
            async ([{ slots, record }, was, becomes, made]) => {
              const more = [...slots, ...slotNames(8)].slice(0, 8);
              const moved = attempt(record, made, more).record;
              const before = await run(() => create({ record, ...was }));
              const values = await valuesOf(before.result);
              const after = await run(() => create({ record: moved, ...becomes }));
              const later = await valuesOf(after.result);
              for (const [slot, generation] of Object.entries(record.slots)) {
                if (moved.slots[slot] !== generation) continue;
                assert.deepStrictEqual(
                  acted(named(after.resources, `key-${slot}`)),
                  acted(named(before.resources, `key-${slot}`)),
                );
                assert.deepStrictEqual(later[slot], values[slot]);
              }
            },
          ),
          { numRuns: 15 },
        ));

      it("has one resource for each live generation, and the active one alone is protected", () =>
        fc.assert(
          fc.asyncProperty(reached, SITUATION, async ({ record }, situation) => {
            const { resources } = await run(() => create({ record, ...situation }));
            assert.deepEqual(
              managed(resources).map((one) => [one.name, one.protect]),
              liveGenerations(record)
                .map(({ slot, state }) => [`key-${slot}`, state === "active"])
                .sort(),
            );
          }),
          { numRuns: 15 },
        ));

      it("hands consumers every live generation to check with, each marked secret", () =>
        fc.assert(
          fc.asyncProperty(reached, async ({ record }) => {
            const { result } = await run(() => create({ record, shape: 0 }));
            const { accepted } = acceptedOf(result.generations);
            const settledValues = await Promise.all(accepted.map(({ value }) => settled(value)));
            assert.equal(settledValues.length, Object.keys(record.slots).length);
            assert.ok(settledValues.every(({ isSecret }) => isSecret));
            const distinct = new Set(settledValues.map(({ value }) => value));
            assert.equal(distinct.size, settledValues.length);
          }),
          { numRuns: 10 },
        ));
    });
});

async function valuesOf({ generations }: Secret): Promise<Record<string, unknown>> {
  const entries = generations.map(async ({ slot, value }) => [slot, await settled(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
