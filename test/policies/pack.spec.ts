import assert from "node:assert/strict";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { POLICY_VERSION } from "../../policies/sdk/internal";
import { packPath, policyEnvironment } from "../../policies/run";
import { Rule } from "../../policies/rule";
import { commonSettings } from "../../policies/suppressions";
import { policies } from "../../policies/index";
import { BROKEN, Broken, CANARY } from "./broken";
import { Violation, analyzeProgram, configure, rules, secret, unknown } from "./harness";

const load = createRequire(__filename);
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
        Object.keys({ ...commonSettings.shape, ...rules[index]!.settings.shape }),
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

  for (const rule of rules.filter(({ id }) => id !== "suppressions-are-dated")) {
    const broken = BROKEN[rule.id] ?? [];

    it(`${rule.id} is broken by its examples, and no message holds a value`, async () => {
      assert.ok(broken.length > 0, `give BROKEN an example of ${rule.id}`);
      for (const example of broken) {
        const violations = await run(example, rule);
        assert.ok(violations.length > 0, JSON.stringify(example.program));
        for (const { message } of violations) {
          assert.doesNotMatch(message, /canary/i);
          assert.match(message, / at [^:]*: .+ To mend it: /);
        }
      }
    });

    it(`${rule.id} is not switched off by unknown neighbours`, async () => {
      for (const example of broken) {
        const program = example.program.map((declared) => ({
          ...declared,
          properties: withUnknowns(declared.properties),
        }));
        assert.ok((await run({ ...example, program }, rule)).length > 0);
      }
    });
  }

  it("never fails and never shows a value, whatever a resource holds", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES), properties(), async (type, holds) => {
        const declared = { type, properties: holds };
        const violations = await analyzeProgram([declared]);
        for (const { message } of violations) assert.doesNotMatch(message, /canary/i);
      }),
      { numRuns: 150 },
    ));
});

const TYPES = Object.values(BROKEN)
  .flat()
  .flatMap(({ program }) => program.map(({ type }) => type));

async function run(
  { program, configuration = {}, secrets = {} }: Broken,
  ...only: Rule[]
): Promise<Violation[]> {
  configure({ ...configuration, ...secrets }, ...Object.keys(secrets));
  return analyzeProgram([...program], ...only);
}

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
  const key = fc.constantFrom(
    "envs",
    "value",
    "password",
    "tags",
    "environment",
    "policy",
    "data",
    `${CANARY} ${CANARY}`,
  );
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

/** The same with an unknown beside every property and at the end of every list. */
function withUnknowns<T>(value: T): T {
  if (Array.isArray(value))
    return [...value.map((item) => withUnknowns<unknown>(item)), unknown] as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, withUnknowns<unknown>(part)]);
  const marked = Object.keys(value).some((key) => /^[0-9a-f]{32}$/.test(key));
  return Object.fromEntries(marked ? entries : [...entries, ["neighbour", unknown]]) as T;
}
