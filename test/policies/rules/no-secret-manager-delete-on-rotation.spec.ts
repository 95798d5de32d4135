import assert from "node:assert/strict";
import { noSecretManagerDeleteOnRotation as rule } from "../../../policies/rules/no-secret-manager-delete-on-rotation";
import { findings, unknown } from "../harness";

const TYPES = [
  "gcp:secretmanager/secretVersion:SecretVersion",
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
];

describe("no-secret-manager-delete-on-rotation", () => {
  for (const type of TYPES) {
    const found = (properties: Record<string, unknown>) => findings(rule, { type, properties });

    it(`lets DISABLE and ABANDON pass on ${type}`, () => {
      for (const deletionPolicy of ["DISABLE", "ABANDON"])
        assert.deepEqual(found({ deletionPolicy }), []);
    });

    it(`finds the default, DELETE, unknowns and misspellings on ${type}`, () => {
      for (const properties of [
        {},
        { deletionPolicy: null },
        { deletionPolicy: "DELETE" },
        { deletionPolicy: unknown },
        { deletionPolicy: "disable" },
      ])
        assert.deepEqual(
          found(properties).map(({ path }) => path),
          [["deletionPolicy"]],
        );
    });
  }
});
