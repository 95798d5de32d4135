import assert from "node:assert/strict";
import { resourceIn, resourcesIn } from "../../policies/analyzer/resources";
import { forgetInputs, inspectAlone, inspectStack } from "../../policies/inspected";
import { looksAt } from "../../policies/judge";
import { InspectedResource, Rule } from "../../policies/rule";
import { BROKEN } from "./broken";
import { requestOf, stackRequestOf } from "./declared";
import { configure, rules } from "./harness";

describe("aspects", () => {
  const examples = Object.values(BROKEN).flat();
  const limited = rules.filter(({ aspects }) => aspects !== undefined);

  /** How much a rule finds, asked about a resource whether it looks at it or not. */
  function found(rule: Rule, part: "check" | "checkInStack", resource: InspectedResource): number {
    return [...(rule[part]?.(resource, rule.settings.parse({})) ?? [])].length;
  }

  it("are named by the rules that most resources have nothing for", () => {
    assert.ok(limited.length >= 15);
  });

  for (const rule of limited)
    it(`tell where ${rule.id} has nothing to find`, () => {
      let skipped = 0;
      for (const { program, configuration = {}, secrets = {} } of examples) {
        configure({ ...configuration, ...secrets }, ...Object.keys(secrets));
        forgetInputs();
        const alone = program.map((one) =>
          inspectAlone(resourceIn(requestOf(one).serializeBinary())),
        );
        const stack = inspectStack(resourcesIn(stackRequestOf(program).serializeBinary()));
        for (const [part, resources] of [
          ["check", alone],
          ["checkInStack", stack],
        ] as const)
          for (const resource of resources.filter(({ aspects }) => !looksAt(rule, aspects))) {
            skipped += 1;
            assert.equal(found(rule, part, resource), 0, resource.type);
          }
      }
      assert.ok(skipped > 0);
    });
});
