import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  CredentialGeneration,
  PostgresRoles,
  PostgresRolesArgs,
  Verification,
} from "../../../components";
import { stableVerifier } from "../../../components/consumers/postgres-verifier";
import { canary } from "../../support/mock-answers";
import { managed, named, run, secretEnvelope } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withUsers, withValues } from "../fixtures";

const ROLE = "postgresql:index/role:Role";

function roles(generations: () => CredentialGeneration[], rest: Partial<PostgresRolesArgs> = {}) {
  return run(
    () =>
      new PostgresRoles("db", {
        database: "app",
        generations: generations(),
        users: "alternating",
        ownerRole: "app_owner",
        groupRole: "app_users",
        admin: {
          ...{ host: "127.0.0.1", port: 5432, database: "postgres", username: "admin" },
          password: pulumi.secret(canary("admin", 1)),
        },
        ...rest,
      }),
  );
}

const sameUser = (record: Parameters<typeof withValues>[0]) =>
  withValues(record).map((live) => ({ ...live, username: "app" }));

const user = (name: string, generation: number) => ({
  name,
  login: true,
  roles: ["app_users"],
  password: secretEnvelope(stableVerifier(canary("value", generation), name)),
});

const HELD = { ...NO_OPTIONS, beforeDelete: ["db-drained"] };

describe("components/consumers/postgres-roles", () => {
  it("has one user a live slot, each a member of the group and with a verifier for a password", async () => {
    const { result, resources } = await roles(() => withUsers(RECORDS.grace));
    assert.deepStrictEqual(named(resources, "db-a").inputs, user("capanel_a", 1));
    assert.deepStrictEqual(named(resources, "db-b").inputs, user("capanel_b", 2));
    assert.deepEqual(optionsOf(named(resources, "db-a")), HELD);
    assert.deepEqual(optionsOf(named(resources, "db-b")), { ...HELD, protect: true });
    assert.deepEqual(result.usernames, ["capanel_a", "capanel_b"]);
  });

  it("gives the rights to the group, on what is there and on what the owner will make, before anybody logs in", async () => {
    const { resources } = await roles(() => withUsers(RECORDS.rest));
    assert.deepStrictEqual(named(resources, "db-group").inputs, {
      name: "app_users",
      login: false,
    });
    const to = { role: "app_users", database: "app" };
    const table = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    const sequence = ["USAGE", "SELECT", "UPDATE"];
    const future = { schema: "public", owner: "app_owner" };
    const rights = {
      "db-connect": { objectType: "database", privileges: ["CONNECT"] },
      "db-usage": { schema: "public", objectType: "schema", privileges: ["USAGE"] },
      "db-tables": { schema: "public", objectType: "table", privileges: table },
      "db-sequences": { schema: "public", objectType: "sequence", privileges: sequence },
      "db-future-tables": { ...future, objectType: "table", privileges: table },
      "db-future-sequences": { ...future, objectType: "sequence", privileges: sequence },
    };
    for (const [name, right] of Object.entries(rights))
      assert.deepStrictEqual(named(resources, name).inputs, { ...to, ...right }, name);
    for (const name of Object.keys(rights))
      assert.ok(named(resources, "db-a").dependencies.includes(name), name);
  });

  it("makes the owner role only where it is told to", async () => {
    const without = await roles(() => withUsers(RECORDS.rest));
    assert.ok(!without.resources.some(({ name }) => name === "db-owner"));
    const { resources } = await roles(() => withUsers(RECORDS.rest), { createOwner: true });
    assert.deepStrictEqual(named(resources, "db-owner").inputs, {
      name: "app_owner",
      login: false,
    });
    assert.deepEqual(named(resources, "db-future-tables").dependencies, ["db-group", "db-owner"]);
  });

  it("lets users of an application that changes its own tables act as the owner", async () => {
    const { resources } = await roles(() => withUsers(RECORDS.rest), { actAsOwner: true });
    assert.deepStrictEqual(named(resources, "db-a").inputs, {
      ...user("capanel_a", 1),
      roles: ["app_users", "app_owner"],
      assumeRole: "app_owner",
    });
  });

  it("has the server end the grace of what is in grace, in the server's own form, and of nothing else", async () => {
    const ends = { graceEnds: "2026-01-31T12:00:00Z" };
    const validUntil = "2026-01-31 12:00:00+00";
    const grace = await roles(() => withUsers(RECORDS.grace), ends);
    assert.deepStrictEqual(named(grace.resources, "db-a").inputs, {
      ...user("capanel_a", 1),
      validUntil,
    });
    assert.deepStrictEqual(named(grace.resources, "db-b").inputs, user("capanel_b", 2));
    const staged = await roles(() => withUsers(RECORDS.staged), ends);
    for (const name of ["db-a", "db-b"])
      assert.ok(!("validUntil" in named(staged.resources, name).inputs), name);
    const finer = await roles(() => withUsers(RECORDS.grace), {
      graceEnds: "2026-01-31T12:00:00.250Z",
    });
    assert.equal(named(finer.resources, "db-a").inputs["validUntil"], "2026-01-31 12:00:00.25+00");
  });

  it("prepares the idle user and leaves the one in use exactly as it is", async () => {
    const before = await roles(() => withUsers(RECORDS.rest));
    const after = await roles(() => withUsers(RECORDS.staged));
    assert.deepStrictEqual(named(after.resources, "db-a"), named(before.resources, "db-a"));
  });

  it("with `single`, knows nothing of what is staged and changes one user's password on activation", async () => {
    const single = { users: "single", graceEnds: "2026-01-31T12:00:00Z" } as const;
    const rest = await roles(() => sameUser(RECORDS.rest), single);
    const staged = await roles(() => sameUser(RECORDS.staged), single);
    const grace = await roles(() => sameUser(RECORDS.grace), single);
    assert.deepStrictEqual(staged.resources, rest.resources);
    const users = managed(grace.resources).filter(({ inputs }) => inputs["login"] === true);
    assert.deepEqual(
      users.map(({ type, name, protect }) => [type, name, protect]),
      [[ROLE, "db-user", true]],
    );
    assert.deepStrictEqual(named(rest.resources, "db-user").inputs, user("app", 1));
    assert.deepStrictEqual(named(grace.resources, "db-user").inputs, user("app", 2));
  });

  it("takes a user over by its name, without a password, and can still end its grace", async () => {
    const adopted = (record: Parameters<typeof withUsers>[0]) => () =>
      withUsers(record).map(({ value, ...live }) =>
        live.generation === 1
          ? { ...live, storeVersion: "7", username: "legacy" }
          : { ...live, value },
      );
    const graceEnds = "2026-01-31T12:00:00Z";
    const first = named((await roles(adopted(RECORDS.staged), { graceEnds })).resources, "db-a");
    assert.equal(first.importId, "legacy");
    assert.ok(first.protect && !("password" in first.inputs));
    assert.ok(
      ["password", "roles", "validUntil"].every((one) => first.ignoreChanges.includes(one)),
    );
    const later = named((await roles(adopted(RECORDS.grace), { graceEnds })).resources, "db-a");
    assert.equal(later.inputs["validUntil"], "2026-01-31 12:00:00+00");
    assert.ok(!later.ignoreChanges.includes("validUntil"));
  });

  it("verifies before a retired user loses anything", async () => {
    const { resources } = await run(
      () =>
        new PostgresRoles("db", {
          database: "app",
          generations: withUsers(RECORDS.grace),
          users: "alternating",
          ownerRole: "app_owner",
          groupRole: "app_users",
          admin: {
            ...{ host: "127.0.0.1", port: 5432, database: "postgres", username: "admin" },
            password: pulumi.secret(canary("admin", 1)),
          },
          beforeRetirement: new Verification("app").hook,
        }),
    );
    for (const name of ["db-a", "db-b"])
      assert.deepEqual(named(resources, name).beforeDelete, ["app-verified", "db-drained"], name);
  });

  it("yields the same verifier for the same generation, and another one for another user or value", () => {
    const verifier = stableVerifier("value", "app_a");
    assert.match(verifier, /^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[^:]+:[^:]+$/);
    assert.equal(stableVerifier("value", "app_a"), verifier);
    const saltOf = (text: string) => text.split("$")[1];
    assert.notEqual(saltOf(stableVerifier("value", "app_b")), saltOf(verifier));
    assert.notEqual(saltOf(stableVerifier("other", "app_a")), saltOf(verifier));
  });
});
