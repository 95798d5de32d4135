import assert from "node:assert/strict";
import {
  CloudSqlUsers,
  CloudSqlUsersArgs,
  CredentialGeneration,
  Verification,
} from "../../../components";
import { canary } from "../../support/mock-answers";
import { managed, named, run, secretEnvelope } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withUsers, withValues } from "../fixtures";

const project = "example-project";
const instance = "app-db";
const place = { project, instance, ownerRole: "app_owner" };

function users(generations: () => CredentialGeneration[], rest: Partial<CloudSqlUsersArgs> = {}) {
  return run(
    () =>
      new CloudSqlUsers("db", {
        ...place,
        users: "alternating",
        generations: generations(),
        ...rest,
      }),
  );
}

const sameUser = (record: Parameters<typeof withValues>[0]) =>
  withValues(record).map((live) => ({ ...live, username: "app" }));

const user = (name: string, generation: number) => ({
  project,
  instance,
  name,
  password: secretEnvelope(canary("value", generation)),
  databaseRoles: ["app_owner"],
});

describe("components/consumers/cloud-sql-users", () => {
  it("has one user a live slot, each a member of the role that owns everything", async () => {
    const { result, resources } = await users(() => withUsers(RECORDS.grace));
    assert.deepEqual(
      managed(resources).map(({ type, name }) => [type, name]),
      [
        ["gcp:sql/user:User", "db-a"],
        ["gcp:sql/user:User", "db-b"],
      ],
    );
    assert.deepStrictEqual(named(resources, "db-a").inputs, user("capanel_a", 1));
    assert.deepStrictEqual(named(resources, "db-b").inputs, user("capanel_b", 2));
    assert.deepEqual(optionsOf(named(resources, "db-a")), NO_OPTIONS);
    assert.deepEqual(optionsOf(named(resources, "db-b")), { ...NO_OPTIONS, protect: true });
    assert.deepEqual(result.usernames, ["capanel_a", "capanel_b"]);
  });

  it("prepares the idle user and leaves the one in use exactly as it is", async () => {
    const before = await users(() => withUsers(RECORDS.rest));
    const after = await users(() => withUsers(RECORDS.staged));
    assert.deepStrictEqual(named(after.resources, "db-a"), named(before.resources, "db-a"));
    assert.deepStrictEqual(named(after.resources, "db-b").inputs, user("capanel_b", 2));
  });

  it("with `single`, knows nothing of what is staged and changes one user's password on activation", async () => {
    const single = { users: "single" } as const;
    const rest = await users(() => sameUser(RECORDS.rest), single);
    const staged = await users(() => sameUser(RECORDS.staged), single);
    const grace = await users(() => sameUser(RECORDS.grace), single);
    assert.deepStrictEqual(staged.resources, rest.resources);
    assert.deepEqual(
      managed(grace.resources).map(({ name }) => name),
      ["db-user"],
    );
    assert.deepStrictEqual(named(rest.resources, "db-user").inputs, user("app", 1));
    assert.deepStrictEqual(named(grace.resources, "db-user").inputs, user("app", 2));
    assert.equal(named(grace.resources, "db-user").protect, true);
    assert.deepEqual(grace.result.usernames, ["app"]);
  });

  it("takes a user over by its id, without a password and with nothing changed", async () => {
    const { resources } = await users(() =>
      withUsers(RECORDS.staged).map(({ value, ...live }) =>
        live.generation === 1
          ? { ...live, storeVersion: "7", username: "legacy" }
          : { ...live, value },
      ),
    );
    const taken = named(resources, "db-a");
    assert.deepStrictEqual(taken.inputs, { project, instance, name: "legacy" });
    assert.deepEqual(optionsOf(taken), {
      ...NO_OPTIONS,
      protect: true,
      importId: "example-project/app-db/legacy",
      ignoreChanges: [
        "password",
        "databaseRoles",
        "type",
        "host",
        "passwordPolicy",
        "deletionPolicy",
      ],
    });
    assert.deepStrictEqual(named(resources, "db-b").inputs, user("capanel_b", 2));
    assert.deepEqual(optionsOf(named(resources, "db-b")), NO_OPTIONS);
  });

  it("lets verification hold back the drop of every user", async () => {
    const { resources } = await run(
      () =>
        new CloudSqlUsers("db", {
          ...place,
          users: "alternating",
          generations: withUsers(RECORDS.grace),
          beforeRetirement: new Verification("app").hook,
        }),
    );
    for (const { name, beforeDelete } of managed(resources))
      assert.deepEqual(beforeDelete, ["app-verified"], name);
  });
});
