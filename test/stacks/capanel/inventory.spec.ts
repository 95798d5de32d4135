import assert from "node:assert/strict";
import { inventory } from "../../../stacks/inventory";

const database = (settings?: unknown) =>
  inventory(["capanel"], "prod", () => settings).find(({ name }) => name === "CLOUD_SQL_PASSWORD");

describe("capanel's inventory", () => {
  it("says that two database users that take turns interrupt nothing", () => {
    for (const settings of [undefined, {}, { databaseUsers: "alternating" }, "a text"]) {
      const { accepts, interruption } = database(settings) ?? {};
      assert.deepEqual([accepts, interruption], ["many", "none"]);
    }
  });

  it("says that a single database user accepts one password and interrupts, in one update or in two", () => {
    const { accepts, interruption, interruptionInOneUpdate } =
      database({ databaseUsers: "single" }) ?? {};
    assert.equal(accepts, "one");
    assert.match(String(interruption), /old password fail/);
    assert.equal(interruptionInOneUpdate, interruption);
  });
});
