import assert from "node:assert/strict";
import { rotatedByFunction } from "../../../operator/plan/by-function";
import { planDocument } from "../../../operator/plan/document";
import { recordLines, settingLines } from "../../../operator/plan/lines";
import { markdownOf } from "../../../operator/plan/markdown";
import { planOf } from "../../../operator/plan/plan";
import { readBaseSide, readHead } from "../../../operator/plan/side";
import { readExport } from "../../../operator/plan/state-export";
import { textOf } from "../../../operator/plan/text";
import { parseStackFile } from "../../../operator/record-file";
import { type Exported, exportOf } from "./state";

const TOKEN = "OPENCLAW_GATEWAY_TOKEN";
const FILE = "Pulumi.prod.yaml";
const SETTINGS = [
  "config:",
  "  rekey:environment: prod",
  "  rekey:systems: [project]",
  `  rekey:project: { aws: { prefix: example/prod, rotatedByFunction: [${TOKEN}] } }`,
  "",
].join("\n");
const PREFIX = "urn:pulumi:prod::rekey::rekey:index:AwsSecretsManager";

/** The entry of the token as the state has it, with what its component says of the generation. */
function exported(outputs: Readonly<Record<string, unknown>>): Exported[] {
  const store = `${PREFIX}::project-aws-openclaw-gateway-token`;
  const entry = `${PREFIX}$aws:secretsmanager/secret:Secret::project-aws-openclaw-gateway-token-secret`;
  const inputs = { name: "example/prod/openclaw-gateway-token" };
  return [
    { urn: store, custom: false, outputs },
    { urn: entry, custom: true, protect: true, parent: store, inputs },
  ];
}

function planned(state: readonly Exported[]) {
  return planOf({
    ...{ stack: "prod", file: FILE, head: readHead(parseStackFile(FILE, SETTINGS)) },
    base: {
      ...{ ref: "main", commit: "0123456789abcdef", hadFile: true },
      side: readBaseSide(FILE, SETTINGS),
    },
    state: { kind: "given", resources: readExport(exportOf(state), "state.json") },
    date: "2026-01-31",
    lineOf: recordLines(SETTINGS),
    lineOfSetting: settingLines(SETTINGS),
  });
}

describe("plan: what a rotation function rotates", () => {
  it("is told with the generation that the last update read from the store", () => {
    const plan = planned(exported({ generation: 7 }));
    assert.deepEqual(plan.rotatedByFunction, [{ name: TOKEN, generation: 7 }]);
    assert.match(textOf(plan, 200), /OPENCLAW_GATEWAY_TOKEN: .*generation 7 was in use/);
    assert.match(markdownOf(plan), /`OPENCLAW_GATEWAY_TOKEN`: .*generation 7 was in use/);
    planDocument.parse(plan);
  });

  it("moves by no record and has no age by one", () => {
    const plan = planned(exported({ generation: 7 }));
    assert.deepEqual(
      [...plan.secrets, ...plan.findings].filter((one) => JSON.stringify(one).includes(TOKEN)),
      [],
    );
  });

  it("has no generation where the state does not tell one", () => {
    for (const state of [[], exported({})])
      assert.deepEqual(planned(state).rotatedByFunction, [{ name: TOKEN, generation: null }]);
    assert.match(textOf(planned([]), 200), /the state does not tell .* rekey convergence does/);
  });

  it("is nothing of a secret that has a record", () => {
    const { secrets } = readHead(parseStackFile(FILE, SETTINGS));
    const others = secrets.filter(({ name }) => name !== TOKEN);
    assert.deepEqual(rotatedByFunction(others, []), []);
  });
});
