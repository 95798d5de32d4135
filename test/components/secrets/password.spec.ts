import assert from "node:assert/strict";
import { Password } from "../../../components";
import { named, run } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { itGenerates } from "./generated";

const shape = {
  length: 32,
  special: true,
  overrideSpecial: "-_.~",
  minLower: 1,
  minUpper: 1,
  minNumeric: 1,
};

describe("components/secrets/password", () => {
  itGenerates({ create: (name, record, opts) => new Password(name, { record }, opts), shape });

  it("takes the length that it is told", async () => {
    const { resources } = await run(
      () => new Password("local", { record: RECORDS.rest, length: 20 }),
    );
    assert.deepStrictEqual(named(resources, "local-a").inputs, {
      ...shape,
      length: 20,
      keepers: { generation: "1" },
    });
  });
});
