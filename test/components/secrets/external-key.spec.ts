import assert from "node:assert/strict";
import { ConfigurationError, ExternalKey, ExternalValue } from "../../../components";
import { run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const secret = "PARTNER_KEY";

function external(values: Record<string, ExternalValue>) {
  return run(() => new ExternalKey("partner", { secret, record: RECORDS.grace, values }));
}

describe("components/secrets/external-key", () => {
  it("hands out the values of the configuration, each marked secret, and generates nothing", async () => {
    const { result, resources } = await external({
      a: { generation: 1, value: "issued-one" },
      b: { generation: 2, value: "issued-two" },
    });
    assert.deepEqual(
      resources.map(({ type }) => type),
      ["rekey:index:ExternalKey"],
    );
    assert.deepEqual(resources[0]?.outputs, {
      generations: [1, 2],
      active: "b",
      slots: { a: 1, b: 2 },
    });
    const values = result.generations.map(({ value }) => value);
    assert.deepEqual(await Promise.all(values.map(settled)), [
      { value: "issued-one", isSecret: true },
      { value: "issued-two", isSecret: true },
    ]);
  });

  it("hands out the store's reference where the value never entered the configuration", async () => {
    const { result } = await external({
      a: { generation: 1, version: "4" },
      b: { generation: 2, value: "issued-two" },
    });
    assert.deepStrictEqual(result.generations[0], {
      slot: "a",
      generation: 1,
      state: "grace",
      storeVersion: "4",
    });
  });

  it("stops before a live slot goes without a value", async () => {
    await assert.rejects(
      external({ a: { generation: 1, value: "issued-one" } }),
      (error) =>
        error instanceof ConfigurationError && error.path === "rekey:external.PARTNER_KEY.b",
    );
  });
});
