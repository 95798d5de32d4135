import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as library from "../../components";
import { Registered, isEnvelope, managed, run } from "../support/mocks";
import { withoutClockOrChance } from "../support/no-clock";
import { COMPONENTS } from "./every-component";

/** A child's logical name after the component's own: contract, because a rename replaces what runs. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  AdminPassword: ["a", "b"],
  Password: ["a", "b"],
  Token: ["a", "b"],
  DatabaseCredential: ["a", "b"],
  ExternalKey: [],
  SessionSecret: ["a", "b"],
  JwtKey: ["a", "b"],
  WebhookSecret: ["a", "b"],
  VapidPair: ["a", "b"],
  Keyring: ["a", "b", "retired"],
  BackupKey: ["a", "b", "retired"],
  ApiKeyPair: [],
  ProviderCredential: [],
  ServiceIdentity: ["account", "key"],
  GoogleSecretManager: ["g1", "g2", "secret"],
  AwsSecretsManager: ["current-g2", "g1", "g2", "policy", "secret"],
  AwsSecretReader: ["attachment", "policy"],
  EcsTaskDefinition: ["task"],
  LambdaService: ["function"],
  RotationFunction: ["function", "permission-key", "policy", "role", "rotation-key"],
  CloudSqlUsers: ["a", "b"],
  PostgresRoles: [
    ...["a", "b", "connect", "future-sequences", "future-tables"],
    ...["group", "owner", "sequences", "tables", "usage"],
  ],
  CloudRunService: ["invoker", "service"],
  CloudRunJob: ["job"],
  ComposeHost: ["apply"],
  ComposeJob: ["run"],
  DeveloperEnvFile: ["write"],
  LocalEnvFile: ["apply"],
  VaultKv: ["secret"],
  VaultSharedPath: ["secrets"],
  VaultAppRole: ["policy", "role"],
  VaultKubernetesRole: ["policy", "role"],
  KubernetesSecret: ["g1", "g2"],
  KubernetesCronJob: ["account", "job"],
  KubernetesWorkload: ["account", "data", "deployment", "service"],
  KubernetesSecretReader: ["binding", "role"],
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
