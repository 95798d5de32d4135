import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as library from "../../components";
import { canary } from "../support/mock-answers";
import { Registered, isEnvelope, managed, run } from "../support/mocks";
import { withoutClockOrChance } from "../support/no-clock";
import { RECORDS, withUsers, withValues } from "./fixtures";

const project = "example-project";
const record = RECORDS.grace;
const cloudRun = {
  project,
  location: "europe-west1",
  serviceName: "svc",
  image: "images.example.com/svc:1",
  serviceAccount: "svc@example.com",
  env: { PLAIN: "1" },
  secretEnv: [{ name: "KEY", secretId: "key", version: "2" }],
  generations: { KEY: 2 },
};

/** Every component with arguments that make it declare all the kinds of children that it has. */
const COMPONENTS: Readonly<Record<string, (name: string) => pulumi.ComponentResource>> = {
  AdminPassword: (name) => new library.AdminPassword(name, { record }),
  Password: (name) => new library.Password(name, { record }),
  Token: (name) => new library.Token(name, { record }),
  DatabaseCredential: (name) => new library.DatabaseCredential(name, { record, user: "app" }),
  ExternalKey: (name) =>
    new library.ExternalKey(name, {
      secret: "KEY",
      record,
      values: {
        a: { generation: 1, value: canary("external", 1) },
        b: { generation: 2, value: canary("external", 2) },
      },
    }),
  ServiceIdentity: (name) =>
    new library.ServiceIdentity(name, {
      project,
      accountId: "svc-account",
      key: { reason: "a partner without federation", expires: "2026-12-31" },
    }),
  GoogleSecretManager: (name) =>
    new library.GoogleSecretManager(name, {
      project,
      secretId: "entry",
      generations: withValues(record),
    }),
  CloudSqlUsers: (name) =>
    new library.CloudSqlUsers(name, {
      project,
      instance: "db",
      generations: withUsers(record),
      users: "alternating",
      ownerRole: "owner",
    }),
  CloudRunService: (name) => new library.CloudRunService(name, { ...cloudRun, public: true }),
  CloudRunJob: (name) => new library.CloudRunJob(name, { ...cloudRun, runToken: "g2" }),
  LocalEnvFile: (name) =>
    new library.LocalEnvFile(name, {
      environment: "dev",
      file: ".env",
      variable: "POSTGRES_PASSWORD",
      generations: withValues(record),
      host: "127.0.0.1",
      port: 5432,
      database: "app",
      user: "app",
    }),
  SecretReader: (name) =>
    new library.SecretReader(name, {
      project,
      member: "serviceAccount:svc@example.com",
      secrets: { key: "key", other: "other" },
    }),
};

/** A child's logical name after the component's own: contract, because a rename replaces what runs. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  AdminPassword: ["a", "b"],
  Password: ["a", "b"],
  Token: ["a", "b"],
  DatabaseCredential: ["a", "b"],
  ExternalKey: [],
  ServiceIdentity: ["account", "key"],
  GoogleSecretManager: ["g1", "g2", "secret"],
  CloudSqlUsers: ["a", "b"],
  CloudRunService: ["invoker", "service"],
  CloudRunJob: ["job"],
  LocalEnvFile: ["apply"],
  SecretReader: ["key", "other"],
};

function isComponent(one: unknown): boolean {
  const { prototype } = one as { readonly prototype?: unknown };
  return prototype instanceof pulumi.ComponentResource;
}

describe("components: the contract that all of them keep", () => {
  it("covers every component of the library", () => {
    const exported = Object.entries(library)
      .filter(([, one]) => typeof one === "function" && isComponent(one))
      .map(([name]) => name);
    assert.deepEqual(Object.keys(COMPONENTS).sort(), exported.sort());
  });

  for (const [className, create] of Object.entries(COMPONENTS)) {
    describe(className, () => {
      let own: Registered;
      let children: Registered[];

      before(async () => {
        const { resources } = await run(() => withoutClockOrChance(() => create("given")));
        const tops = resources.filter(({ custom }) => !custom);
        assert.equal(tops.length, 1);
        own = tops[0] as Registered;
        children = managed(resources);
      });

      it("has the type token of its class and takes no inputs of its own", () => {
        assert.equal(own.type, `rekey:index:${className}`);
        assert.deepEqual(own.inputs, {});
      });

      it("names its children after itself, with fixed suffixes", () => {
        const names = children.map(({ name }) => name).sort();
        assert.deepEqual(
          names,
          SUFFIXES[className]?.map((suffix) => `given-${suffix}`),
        );
      });

      it("is the parent of its children", () => {
        for (const child of children) assert.equal(child.parent, own.urn, child.name);
      });

      it("registers its outputs, and none of them is or holds a value", () => {
        assert.ok(own.outputs, "registerOutputs is the last thing that a constructor does");
        assert.doesNotMatch(JSON.stringify(own.outputs), /canary/);
      });

      it("hands values on in the secret envelope only", () => {
        for (const { name, inputs } of children)
          for (const [property, value] of Object.entries(inputs))
            if (!isEnvelope(value))
              assert.ok(
                !JSON.stringify(value).includes("canary"),
                `${name}: ${property} is not secret`,
              );
      });
    });
  }

  it("reads no clock and rolls no dice: what a program declares depends on its configuration alone", () => {
    const reads = [() => Date.now(), () => new Date(), () => Math.random(), () => randomBytes(8)];
    for (const read of reads)
      assert.throws(() => withoutClockOrChance<unknown>(read), /a program reads/);
    assert.equal(
      withoutClockOrChance(() => new Date(0).toISOString().slice(0, 4)),
      "1970",
    );
  });
});
