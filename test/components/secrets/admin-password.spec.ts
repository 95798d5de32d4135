import assert from "node:assert/strict";
import { AdminPassword } from "../../../components";
import { named, run } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { itGenerates } from "./generated";

const shape = { length: 24, special: true, overrideSpecial: "-_.", minNumeric: 1 };

describe("components/secrets/admin-password", () => {
  itGenerates({ create: (name, record, opts) => new AdminPassword(name, { record }, opts), shape });

  it("takes the length that it is told", async () => {
    const { resources } = await run(
      () => new AdminPassword("admin", { record: RECORDS.rest, length: 40 }),
    );
    assert.deepStrictEqual(named(resources, "admin-a").inputs, {
      ...shape,
      length: 40,
      keepers: { generation: "1" },
    });
  });
});
