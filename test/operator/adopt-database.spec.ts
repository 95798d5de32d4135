import assert from "node:assert/strict";
import { mayActAs } from "../../operator/adopt-database";

describe("operator/adopt-database", () => {
  it("asks each version of PostgreSQL for the privilege that it knows", () => {
    for (const version of [130_022, 150_014, 159_999])
      assert.match(mayActAs(version), /'USAGE'\).*'MEMBER'\)$/);
    for (const version of [160_000, 180_004])
      assert.match(mayActAs(version), /'USAGE'\).*'SET'\)$/);
  });
});
