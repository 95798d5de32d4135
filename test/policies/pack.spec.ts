import assert from "node:assert/strict";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { POLICY_VERSION } from "../../policies/internal";
import { packPath, policyEnvironment } from "../../policies/run";
import { Rule } from "../../policies/rule";
import { policies } from "../../policies/index";
import { Declared, analyze, analyzeStack, configure, rules, secret, unknown } from "./harness";
import { service } from "./rules/cloud-run";

const load = createRequire(__filename);
const CANARY = "canary7f3";
/** For every rule, resources that break it; `CANARY` stands wherever a value could. */
const BROKEN: Readonly<Record<string, readonly Declared[]>> = {
  "no-plaintext-credential-in-cloud-run-env": [
    service({ name: "PORT", value: "8080" }, { name: "DB_PASSWORD", value: CANARY }),
    service({ name: "DB_PASSWORD", value: secret(CANARY) }),
  ],
  "secret-version-data-from-declared-secret": [
    {
      type: "gcp:secretmanager/secretVersion:SecretVersion",
      properties: { deletionPolicy: "DISABLE", secret: CANARY, secretData: CANARY },
    },
  ],
  "no-service-account-key-without-reason-and-expiry": [
    {
      type: "gcp:serviceaccount/key:Key",
      properties: { keepers: { reason: "x", expires: CANARY }, serviceAccountId: CANARY },
    },
  ],
  "no-secret-manager-delete-on-rotation": [
    {
      type: "gcp:secretmanager/secretVersion:SecretVersion",
      properties: { deletionPolicy: CANARY, secret: CANARY, secretData: secret(CANARY) },
    },
  ],
};

describe("the policy pack", () => {
  beforeEach(() => configure({}));

  it("has one rule a file: file name, id and export are the same", () => {
    const files = readdirSync(join(packPath, "rules")).map((file) => basename(file, ".ts"));
    assert.deepEqual(rules.map(({ id }) => id).sort(), files.sort());
    for (const file of files) {
      const exported = load(join(packPath, "rules", file)) as Record<string, Rule>;
      const name = file.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      assert.equal(exported[name]?.id, file);
    }
  });

  it("says of every rule what goes wrong, how to mend it and which controls it serves", () => {
    for (const { id, title, description, remediation, frameworks } of rules) {
      assert.ok(title.length > 10 && description.length > 40 && remediation.length > 40, id);
      assert.ok(Object.values(frameworks).flat().length > 0, id);
      assert.match(description, /\.$/);
      assert.match(remediation, /\.$/);
    }
  });

  it("gives the engine a schema for every setting of every rule", () => {
    for (const [index, policy] of policies().entries())
      assert.deepEqual(
        Object.keys(policy.configSchema?.properties ?? {}),
        Object.keys(rules[index]!.settings.shape),
      );
  });

  it("names the SDK exactly and the launcher can be executed", () => {
    const manifest = JSON.parse(readFileSync(join(packPath, "package.json"), "utf8")) as {
      main: string;
      dependencies: Record<string, string>;
    };
    const project = parse(readFileSync(join(packPath, "PulumiPolicy.yaml"), "utf8")) as {
      main: string;
    };
    assert.equal(manifest.dependencies["@pulumi/policy"], POLICY_VERSION);
    assert.equal(project.main, manifest.main);
    accessSync(join(packPath, "bin", "pulumi-analyzer-policy-nodejs"), constants.X_OK);
  });

  it("puts its launcher in front of PATH and leaves the rest of the environment", () => {
    const launchers = join(packPath, "bin");
    assert.deepEqual(policyEnvironment({ PATH: "/usr/bin", HOME: "/root" }), {
      PATH: `${launchers}${delimiter}/usr/bin`,
      HOME: "/root",
    });
    assert.deepEqual(policyEnvironment({}), { PATH: launchers });
  });

  for (const rule of rules) {
    const broken = BROKEN[rule.id] ?? [];

    it(`${rule.id} is broken by an example, and no message holds a value`, async () => {
      assert.ok(broken.length > 0, `give BROKEN an example of ${rule.id}`);
      for (const declared of broken) {
        const violations = await analyze(declared, rule);
        assert.ok(violations.length > 0);
        for (const { message } of violations) assert.doesNotMatch(message, /canary/i);
      }
    });

    it(`${rule.id} is not switched off by unknown leaves`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...broken),
          fc.array(fc.boolean()),
          async (declared, which) => {
            let leaf = 0;
            // The name of a variable says what its value is; without it the rule rests on the value alone.
            const properties = replaced(
              declared.properties,
              // Nor can anything be said of a stored value that is not known yet: the SDK drops its mark.
              (key) => key !== "name" && key !== "secretData" && which[leaf++] === true,
            );
            assert.ok((await analyze({ ...declared, properties }, rule)).length > 0);
          },
        ),
        { numRuns: 40 },
      ));
  }

  it("never fails and never shows a value, whatever a resource holds", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES), properties(), async (type, holds) => {
        const declared = { type, properties: holds };
        const violations = [...(await analyze(declared)), ...(await analyzeStack([declared]))];
        for (const { message } of violations) assert.doesNotMatch(message, /canary/i);
      }),
      { numRuns: 150 },
    ));
});

const TYPES = Object.values(BROKEN).flatMap((all) => all.map(({ type }) => type));

/** Properties of the shapes that rules look for, with canaries, unknowns and secrets in every place. */
function properties(): fc.Arbitrary<Record<string, unknown>> {
  const text = fc.constantFrom(
    CANARY,
    `postgres://user:${CANARY}@db.example.com`,
    `{"type":"service_account","private_key":"${CANARY}"}`,
    `-----BEGIN PRIVATE KEY-----${CANARY}`,
    Buffer.from(`https://a:${CANARY}@example.com/a`).toString("base64"),
    "DISABLE",
    "2026-03-01",
  );
  const key = fc.constantFrom("envs", "value", "password", `${CANARY} ${CANARY}`);
  const name = fc.constantFrom("DB_PASSWORD", "MODE", unknown, `${CANARY} ${CANARY}`);
  const { value } = fc.letrec<{ value: unknown }>((tie) => {
    const parts = fc.oneof(
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value")),
    );
    const leaf = fc.oneof(text, fc.constantFrom(unknown, null, true, 7));
    return { value: fc.oneof({ maxDepth: 3 }, leaf, leaf.map(secret), parts, parts.map(secret)) };
  });
  const envs = fc.array(fc.oneof(value, fc.record({ name, value })), { maxLength: 3 });
  const template = fc.record({ containers: fc.array(fc.record({ envs }), { maxLength: 2 }) });
  const maybe = (own: fc.Arbitrary<unknown>) => fc.oneof(own, value);
  return fc.record(
    {
      template: maybe(template),
      secretData: value,
      deletionPolicy: value,
      keepers: maybe(fc.record({ reason: value, expires: value, created: value })),
    },
    { requiredKeys: [] },
  );
}

function replaced<T>(value: T, by: (key: string) => boolean, key = ""): T {
  if (Array.isArray(value)) return value.map((item) => replaced<unknown>(item, by)) as T;
  if (typeof value !== "object" || value === null) return by(key) ? (unknown as T) : value;
  const entries = Object.entries(value).map(([name, part]) => {
    const signature = /^[0-9a-f]{32}$/.test(name);
    return [name, signature ? (part as unknown) : replaced<unknown>(part, by, name)];
  });
  return Object.fromEntries(entries) as T;
}
