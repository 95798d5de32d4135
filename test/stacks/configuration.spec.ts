import assert from "node:assert/strict";
import { ConfigurationError } from "../../components/errors";
import { program } from "../../stacks";
import { run } from "../support/mocks";
import { StackConfig, example, runStack, withRecord, withSetting } from "./examples";

const CANARY = "canary-of-a-partner-key";

/** A mistake, where the message must say that it is, and parts of what it must say of the allowed and the mending. */
interface Mistake {
  readonly what: string;
  readonly config: StackConfig;
  readonly path: string;
  readonly allowed: RegExp;
  readonly fix: RegExp;
}

const prod = example("prod");
const key = (slot: string) => ["rekey:external", "VITE_STRAPI_API_KEY", slot];
const MISTAKES: readonly Mistake[] = [
  {
    what: "no environment",
    config: withSetting(prod, ["rekey:environment"], undefined),
    path: "rekey:environment",
    allowed: /^dev, staging, prod$/,
    fix: /^pulumi config set --path 'rekey:environment' dev$/,
  },
  {
    what: "an unknown environment",
    config: withSetting(prod, ["rekey:environment"], "production"),
    path: "rekey:environment",
    allowed: /^dev, staging, prod$/,
    fix: /pulumi config set/,
  },
  {
    what: "no system",
    config: withSetting(prod, ["rekey:systems"], undefined),
    path: "rekey:systems",
    allowed: /^a list of capanel, /,
    fix: /^pulumi config set --path 'rekey:systems\[0\]' capanel$/,
  },
  {
    what: "an empty list of systems",
    config: withSetting(prod, ["rekey:systems"], []),
    path: "rekey:systems",
    allowed: /capanel/,
    fix: /pulumi config set/,
  },
  {
    what: "an unknown system",
    config: withSetting(prod, ["rekey:systems"], ["capanel", "panel"]),
    path: "rekey:systems[1]",
    allowed: /^capanel, /,
    fix: /^pulumi config set --path 'rekey:systems\[1\]' capanel$/,
  },
  {
    what: "a system named twice",
    config: withSetting(prod, ["rekey:systems"], ["capanel", "capanel"]),
    path: "rekey:systems",
    allowed: /capanel/,
    fix: /pulumi config set/,
  },
  {
    what: "a text in place of the systems",
    config: withSetting(prod, ["rekey:systems"], "capanel"),
    path: "rekey:systems",
    allowed: /a map or a list/,
    fix: /Pulumi\.<stack>\.yaml/,
  },
  {
    what: "a text in place of the records",
    config: withSetting(prod, ["rekey:rotations"], "all"),
    path: "rekey:rotations",
    allowed: /a map or a list/,
    fix: /Pulumi\.<stack>\.yaml/,
  },
  {
    what: "a list in place of the records",
    config: withSetting(prod, ["rekey:rotations"], []),
    path: "rekey:rotations",
    allowed: /one record for each secret/,
    fix: /edit rekey:rotations/,
  },
  {
    what: "a record of an unknown secret",
    config: withSetting(prod, ["rekey:rotations", "SECRETKEY"], { generation: 1 }),
    path: "rekey:rotations.SECRETKEY",
    allowed: /^CLOUD_SQL_PASSWORD, SECRET_KEY, FIRST_SUPERUSER_PASSWORD, VITE_STRAPI_API_KEY$/,
    fix: /correct the name or remove the entry/,
  },
  {
    what: "a record of a secret that this environment does not have",
    config: withRecord(prod, "POSTGRES_PASSWORD", { generation: 1, active: "a", slots: { a: 1 } }),
    path: "rekey:rotations.POSTGRES_PASSWORD",
    allowed: /SECRET_KEY/,
    fix: /remove the entry/,
  },
  {
    what: "an active slot that is empty",
    config: withRecord(prod, "SECRET_KEY", { generation: 2, active: "b", slots: { a: 1 } }),
    path: "rekey:rotations.SECRET_KEY.active",
    allowed: /^a$/,
    fix: /rekey/,
  },
  {
    what: "a slot above the highest generation",
    config: withRecord(prod, "SECRET_KEY", { generation: 1, active: "a", slots: { a: 2 } }),
    path: "rekey:rotations.SECRET_KEY.slots.a",
    allowed: /^1 to 1$/,
    fix: /set rekey:rotations\.SECRET_KEY\.generation to 2/,
  },
  {
    what: "a third slot where there are two",
    config: withRecord(prod, "SECRET_KEY", { generation: 3, active: "a", slots: { a: 1, c: 3 } }),
    path: "rekey:rotations.SECRET_KEY.slots.c",
    allowed: /^a, b$/,
    fix: /rekey/,
  },
  {
    what: "no value for an external secret",
    config: withSetting(prod, key("a"), undefined),
    path: "rekey:external.VITE_STRAPI_API_KEY.a",
    allowed: /one value for each live slot/,
    fix: /pulumi config set --secret --path 'rekey:external\.VITE_STRAPI_API_KEY\.a\.value'/,
  },
  {
    what: "an external secret bumped without a new value",
    config: withRecord(prod, "VITE_STRAPI_API_KEY", {
      generation: 2,
      active: "a",
      slots: { a: 2 },
    }),
    path: "rekey:external.VITE_STRAPI_API_KEY.a",
    allowed: /a value of generation 2/,
    fix: /`rekey stage VITE_STRAPI_API_KEY`/,
  },
  {
    what: "one value for two generations",
    config: withRecord(
      withSetting(withSetting(prod, key("a"), { generation: 1, value: CANARY }), key("b"), {
        generation: 2,
        value: CANARY,
      }),
      "VITE_STRAPI_API_KEY",
      { generation: 2, active: "a", slots: { a: 1, b: 2 } },
    ),
    path: "rekey:external.VITE_STRAPI_API_KEY.b",
    allowed: /a value of its own/,
    fix: /`rekey withdraw VITE_STRAPI_API_KEY`/,
  },
  {
    what: "a text in place of the external values",
    config: withSetting(prod, ["rekey:external"], CANARY),
    path: "rekey:external",
    allowed: /a map or a list/,
    fix: /Pulumi\.<stack>\.yaml/,
  },
  {
    what: "a value in place of an external slot",
    config: withSetting(prod, key("a"), CANARY),
    path: "rekey:external.VITE_STRAPI_API_KEY.a",
    allowed: /\{ generation, value: <encrypted> \}/,
    fix: /`rekey stage/,
  },
  {
    what: "an external value for a secret that is generated",
    config: withSetting(prod, ["rekey:external", "SECRET_KEY", "a"], {
      generation: 1,
      value: CANARY,
    }),
    path: "rekey:external.SECRET_KEY",
    allowed: /^VITE_STRAPI_API_KEY$/,
    fix: /^correct the name, or `pulumi config rm --path 'rekey:external\.SECRET_KEY'`$/,
  },
  {
    what: "an env file in production",
    config: withSetting(prod, ["rekey:capanel", "local"], {}),
    path: "rekey:environment (capanel-local-env)",
    allowed: /`dev` only/,
    fix: /remove the system's `local` setting/,
  },
];

describe("stacks/configuration: mistakes", () => {
  for (const { what, config, path, allowed, fix } of MISTAKES)
    it(`stops at ${what}, names the setting and what mends it, and quotes no value`, async () => {
      await assert.rejects(runStack(config), (error) => {
        assert.ok(error instanceof ConfigurationError, String(error));
        assert.equal(error.path, path);
        assert.match(error.allowed, allowed);
        assert.match(error.fix, fix);
        assert.doesNotMatch(error.message, /canary/);
        for (const part of [error.path, error.problem, error.allowed, error.fix])
          assert.ok(error.message.includes(part));
        return true;
      });
    });

  it("stops before it declares anything", async () => {
    let declared = 0;
    for (const { config } of MISTAKES)
      await run(
        () => {
          try {
            program();
          } catch {
            return;
          }
          assert.fail("nothing was refused");
        },
        { config },
      ).then(({ resources }) => (declared += resources.length));
    assert.equal(declared, 0);
  });
});

describe("stacks/configuration: what may be left out", () => {
  it("takes a secret without a record for one at rest", async () => {
    const { resources } = await runStack(withSetting(prod, ["rekey:rotations"], undefined));
    assert.deepStrictEqual(resources, (await runStack(prod)).resources);
  });

  it("takes the declared empty default of the fingerprint key for none", async () => {
    const { resources } = await runStack(withSetting(prod, ["rekey:fingerprintKey"], ""));
    assert.deepStrictEqual(resources, (await runStack(prod)).resources);
  });
});
