import assert from "node:assert/strict";
import { AT_REST, rotate } from "../../components/rotation";
import { Token } from "../../components/secrets/token";
import { program } from "../../stacks";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";
import { Registered, managed, run } from "../support/mocks";
import { Environment, StackConfig, example, withRecord, withSetting } from "./examples";
import { Golden, changedInputs, frozen, readGolden, renamed, writeGolden } from "./golden";

const GRACE = rotate(AT_REST, ["a", "b"], { at: "2026-01-31T12:00:00Z" });

/** Every secret of the environment just rotated, its generation 1 still in grace. */
function inGrace(environment: Environment): StackConfig {
  const external = ["rekey:external", "VITE_STRAPI_API_KEY", "b"];
  return CAPANEL_SECRETS.filter(({ environments }) => environments?.includes(environment) ?? true)
    .map(({ name }) => name)
    .reduce(
      (config, name) => withRecord(config, name, GRACE),
      withSetting(example(environment), external, { generation: 2, version: "2" }),
    );
}

const SITUATIONS: Readonly<Record<string, StackConfig>> = {
  "prod at rest": example("prod"),
  "prod in grace": inGrace("prod"),
  "dev at rest": example("dev"),
};

describe("stacks/golden: what runs is found again by the next version of the program", () => {
  const now: Record<string, readonly Registered[]> = {};
  let golden: Golden;

  before(async () => {
    for (const [situation, config] of Object.entries(SITUATIONS))
      now[situation] = managed((await run(program, { config, aliasesBySdk: true })).resources);
    if (process.env.UPDATE_GOLDEN === "1")
      writeGolden(
        Object.fromEntries(
          Object.entries(now).map(([situation, resources]) => [situation, resources.map(frozen)]),
        ),
      );
    golden = readGolden();
  });

  for (const situation of Object.keys(SITUATIONS)) {
    it(`has the frozen names and types of ${situation}`, () => {
      const problem = renamed(golden[situation] ?? [], now[situation] ?? []);
      assert.equal(problem, undefined, problem);
    });

    it(`has the frozen inputs of ${situation}`, () => {
      const problem = changedInputs(golden[situation] ?? [], now[situation] ?? []);
      assert.equal(problem, undefined, problem);
    });
  }

  it("freezes the situations that are checked, and no value of a secret", () => {
    assert.deepEqual(Object.keys(golden), Object.keys(SITUATIONS));
    assert.doesNotMatch(JSON.stringify(golden), /canary/);
  });
});

describe("stacks/golden: what a failure says", () => {
  const token = async (name: string, old?: string, length?: number) => {
    const opts = old === undefined ? {} : { aliases: [{ name: old }] };
    const declare = () => new Token(name, { record: GRACE, length }, opts);
    return managed((await run(declare, { aliasesBySdk: true })).resources);
  };

  it("explains that a rename replaces what runs, and what prevents it", async () => {
    const problem = renamed((await token("old")).map(frozen), await token("new"));
    assert.match(problem ?? "", /Token\$random:index\/randomPassword:RandomPassword::old-a/);
    assert.match(problem ?? "", /a rename here replaces what runs: add an alias/);
    assert.match(problem ?? "", /UPDATE_GOLDEN=1/);
  });

  it("is content with an alias, and asks to freeze the new name", async () => {
    const problem = renamed((await token("old")).map(frozen), await token("new", "old"));
    assert.doesNotMatch(problem ?? "", /replaces what runs/);
    assert.match(problem ?? "", /not frozen:\n.*new-a/s);
  });

  it("names the inputs that are not as they were", async () => {
    const before = (await token("key")).map(frozen);
    const problem = changedInputs(before, await token("key", undefined, 64));
    assert.match(problem ?? "", /key-a: inputs\.length/);
    assert.equal(changedInputs(before, await token("key")), undefined);
  });
});
