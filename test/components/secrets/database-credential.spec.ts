import assert from "node:assert/strict";
import { DatabaseCredential, DatabaseCredentialArgs } from "../../../components";
import { managed, run } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { itGenerates } from "./generated";

async function usernames(args: Omit<DatabaseCredentialArgs, "user">): Promise<string[]> {
  const { result } = await run(() => new DatabaseCredential("db", { ...args, user: "app" }));
  return result.generations.map(({ username }) => username);
}

describe("components/secrets/database-credential", () => {
  itGenerates({
    create: (name, record, opts) => new DatabaseCredential(name, { record, user: "app" }, opts),
    shape: { length: 40, special: false, minLower: 1, minUpper: 1, minNumeric: 1 },
  });

  it("gives each slot a user of its own, so that two take turns", async () => {
    assert.deepEqual(await usernames({ record: RECORDS.grace }), ["app_a", "app_b"]);
    const third = { generation: 3, active: "a", slots: { a: 3, b: 2 } };
    assert.deepEqual(await usernames({ record: third }), ["app_b", "app_a"]);
  });

  it("keeps one user for every generation with `single`", async () => {
    assert.deepEqual(await usernames({ record: RECORDS.grace, users: "single" }), ["app", "app"]);
  });

  it("keeps the user that it takes over, and names the next one by its slot", async () => {
    const adopted = { storeVersion: "3", username: "legacy" };
    assert.deepEqual(await usernames({ record: RECORDS.grace, adopted }), ["legacy", "app_b"]);
    assert.deepEqual(await usernames({ record: RECORDS.rotated, adopted }), ["app_b"]);
  });

  it("keeps the adopted user's name for good with `single`: only its password changes", async () => {
    const adopted = { storeVersion: "3", username: "legacy" };
    assert.deepEqual(await usernames({ record: RECORDS.rotated, adopted, users: "single" }), [
      "legacy",
    ]);
  });

  it("generates nothing for what it takes over", async () => {
    const { resources } = await run(
      () =>
        new DatabaseCredential("db", {
          record: RECORDS.rest,
          user: "app",
          adopted: { storeVersion: "3", username: "legacy" },
        }),
    );
    assert.deepEqual(managed(resources), []);
  });

  it("says in its outputs who can log in, and nothing else", async () => {
    const { resources } = await run(
      () => new DatabaseCredential("db", { record: RECORDS.grace, user: "app" }),
    );
    const component = resources.find(({ custom }) => !custom);
    assert.deepStrictEqual(component?.outputs, { usernames: ["app_a", "app_b"] });
  });
});
