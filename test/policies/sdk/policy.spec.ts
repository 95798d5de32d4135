import assert from "node:assert/strict";
import { BROKEN } from "../broken";
import { Declared, Violation } from "../declared";
import { analyzeProgram as byPack, configure, rules } from "../harness";
import { analyzeProgram as bySdk } from "./harness";

describe("the rules in a pack of one's own on the SDK", () => {
  afterEach(() => configure({}));

  for (const rule of rules)
    it(`find of ${rule.id} what the pack finds`, async () => {
      for (const { program, configuration = {}, secrets = {} } of BROKEN[rule.id] ?? []) {
        configure({ ...configuration, ...secrets }, ...Object.keys(secrets));
        const declared: Declared[] = [...program];
        const [one, other] = [await byPack(declared), await bySdk(declared)];
        assert.deepEqual(ordered(other), ordered(one));
        // suppressions-are-dated has no examples of its own: it tells of suppressions that others make.
        assert.ok(one.length > 0);
      }
    });
});

function ordered(found: readonly Violation[]): string[] {
  return found.map((one) => JSON.stringify(one)).sort();
}
