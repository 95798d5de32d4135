import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { RotationRecord, SecretGeneration } from "../../../components";
import { canary } from "../../support/mock-answers";
import { managed, named, run, settled } from "../../support/mocks";
import { RECORDS, optionsOf } from "../fixtures";

/** A component that generates its values, and the inputs that shape them. */
export interface Generated {
  readonly create: (
    name: string,
    record: RotationRecord,
    opts?: pulumi.ComponentResourceOptions,
  ) => pulumi.ComponentResource & { readonly generations: readonly SecretGeneration[] };
  /** The random resource's inputs without the keepers. */
  readonly shape: Readonly<Record<string, unknown>>;
}

/** Every input of a random resource that shapes its value: a change must wait for the slot's next generation. */
export const SHAPE_INPUTS = [
  "length",
  "lower",
  "upper",
  "numeric",
  "special",
  "overrideSpecial",
  "minLower",
  "minUpper",
  "minNumeric",
  "minSpecial",
];

/** What every generated secret does, whatever its shape. Call it within a `describe`. */
export function itGenerates({ create, shape }: Generated): void {
  const guarded = (protect: boolean) => ({
    protect,
    ignoreChanges: SHAPE_INPUTS,
    importId: "",
    beforeDelete: [],
  });

  it("makes one value for generation 1 in slot a, protected, with the generation as its only keeper", async () => {
    const { resources } = await run(() => create("key", RECORDS.rest));
    const [random, ...others] = managed(resources);
    assert.deepEqual(others, []);
    assert.equal(random?.name, "key-a");
    assert.equal(random.type, "random:index/randomPassword:RandomPassword");
    assert.deepStrictEqual(random.inputs, { ...shape, keepers: { generation: "1" } });
    assert.deepEqual(optionsOf(random), guarded(true));
    assert.ok(random.additionalSecretOutputs.includes("result"));
  });

  it("stages beside the value in use and leaves that one exactly as it is", async () => {
    const before = await run(() => create("key", RECORDS.rest));
    const after = await run(() => create("key", RECORDS.staged));
    assert.deepStrictEqual(named(after.resources, "key-a"), named(before.resources, "key-a"));
    const staged = named(after.resources, "key-b");
    assert.deepStrictEqual(staged.inputs, { ...shape, keepers: { generation: "2" } });
    assert.deepEqual(optionsOf(staged), guarded(false));
  });

  it("moves nothing but the protection when it activates", async () => {
    const { resources } = await run(() => create("key", RECORDS.grace));
    const before = await run(() => create("key", RECORDS.staged));
    for (const [name, protect] of [
      ["key-a", false],
      ["key-b", true],
    ] as const)
      assert.deepStrictEqual(named(resources, name), { ...named(before.resources, name), protect });
  });

  it("drops exactly the retired slot", async () => {
    const { resources } = await run(() => create("key", RECORDS.rotated));
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["key-b"],
    );
  });

  it("keeps every live name and keeper when it gets a third slot", async () => {
    const third = { generation: 3, active: "b", slots: { a: 1, b: 2, c: 3 } };
    const before = await run(() => create("key", RECORDS.grace));
    const after = await run(() => create("key", third));
    for (const name of ["key-a", "key-b"])
      assert.deepStrictEqual(named(after.resources, name), named(before.resources, name));
    assert.deepEqual(named(after.resources, "key-c").inputs.keepers, { generation: "3" });
  });

  it("hands out every live value marked secret, lowest generation first", async () => {
    const { result } = await run(() => create("key", RECORDS.grace));
    const values = result.generations.map(({ value }) => value);
    assert.deepEqual(
      result.generations.map(({ slot, generation, state }) => [slot, generation, state]),
      [
        ["a", 1, "grace"],
        ["b", 2, "active"],
      ],
    );
    assert.deepEqual(await Promise.all(values.map(settled)), [
      { value: canary("key-a", 1), isSecret: true },
      { value: canary("key-b", 2), isSecret: true },
    ]);
  });

  it("keeps what runs when it is renamed with an alias: its children inherit it", async () => {
    const renamed = () => create("new", RECORDS.grace, { aliases: [{ name: "old" }] });
    const { resources } = await run(renamed);
    const component = resources.find(({ custom }) => !custom);
    assert.deepEqual(component?.aliases, ["old"]);
    const resolved = await run(renamed, { aliasesBySdk: true });
    const before = await run(() => create("old", RECORDS.grace));
    for (const slot of ["a", "b"])
      assert.deepEqual(named(resolved.resources, `new-${slot}`).aliases, [
        named(before.resources, `old-${slot}`).urn,
      ]);
  });
}
