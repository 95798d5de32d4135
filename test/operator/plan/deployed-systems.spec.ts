import assert from "node:assert/strict";
import { RotationRecord, liveGenerations } from "../../../components/rotation";
import { readDeployed } from "../../../operator/plan/deployed";
import { readExport } from "../../../operator/plan/state-export";
import { System, inventory } from "../../../stacks/inventory";
import { StackConfig, example, runStack, withSetting } from "../../stacks/examples";
import { MGMT_VIBE, PROXPANEL } from "../../stacks/pages";
import { projectStack } from "../../stacks/project/example";
import { Registered } from "../../support/mocks";
import { Exported, exportOf } from "./state";

const STACKS: Readonly<Record<string, readonly [System, StackConfig]>> = {
  "capanel in prod": ["capanel", example("prod")],
  "capanel in dev": ["capanel", example("dev")],
  "mgmt-vibe": ["mgmt-vibe", MGMT_VIBE],
  proxpanel: ["proxpanel", PROXPANEL],
  "project in AWS and Vault": ["project", projectStack()],
  "project in Vault": ["project", projectStack(["vault"])],
};

const RECORDS: Readonly<Record<string, RotationRecord>> = {
  "at rest": { generation: 1, active: "a", slots: { a: 1 } },
  staged: { generation: 2, active: "a", slots: { a: 1, b: 2 } },
  "in grace": { generation: 2, active: "b", slots: { a: 1, b: 2 } },
};

/** The stack with every secret where the record says, and a value of its own for each generation that is issued elsewhere. */
function everySecret(config: StackConfig, system: System, record: RotationRecord): StackConfig {
  const external = Object.entries(config["rekey:external"] as Record<string, { a: First }>);
  const values = external.map(([name, { a }]) => [name, record.slots.b ? { a, b: second(a) } : { a }]); // prettier-ignore
  const led = inventory([system], String(config["rekey:environment"]));
  const records = led.filter(({ movesWith }) => movesWith === undefined).map(({ name }) => [name, record]); // prettier-ignore
  return withSetting(
    withSetting(config, ["rekey:external"], Object.fromEntries(values)),
    ["rekey:rotations"],
    Object.fromEntries(records),
  );
}

/** Another value, or another version of the store; of a value of several parts, another secret. */
function second(first: First): First {
  const { value, version } = first;
  if (version !== undefined) return { generation: 2, version: version.replace(/1$/, "2") };
  const another = value?.startsWith("{") ? value.replace('"secret":"', '"secret":"2') : `2${value}`;
  return { generation: 2, value: another };
}

interface First {
  readonly generation: number;
  readonly value?: string;
  readonly version?: string;
}

/** The state after an update of what a program declared. */
function stateOf(resources: readonly Registered[]) {
  const exported = resources.map(
    ({ urn, type, custom, parent, protect, inputs, outputs }): Exported => ({
      ...{ urn, type, custom, parent, protect, inputs },
      ...(outputs === undefined ? {} : { outputs }),
    }),
  );
  return readExport(exportOf(exported), "state.json");
}

describe("plan: the deployed state of the four systems", () => {
  for (const [stack, [system, config]] of Object.entries(STACKS))
    for (const [situation, record] of Object.entries(RECORDS))
      it(`tells every secret of ${stack}, ${situation}`, async () => {
        const { resources } = await runStack(everySecret(config, system, record));
        const secrets = inventory([system], String(config["rekey:environment"]));
        const deployed = readDeployed(stateOf(resources), secrets);
        const expected = liveGenerations(record).map(({ generation, state }) => `${generation} ${state}`); // prettier-ignore
        assert.deepEqual(
          secrets.map(({ name }) => [
            name,
            ...(deployed.get(name) ?? []).map(({ generation, state }) => `${generation} ${state}`),
          ]),
          secrets.map(({ name }) => [name, ...expected]),
        );
      });
});
