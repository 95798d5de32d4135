import type { RotationRecord } from "../../../components";
import { StateResource, readExport } from "../../../operator/plan/state-export";
import type { PlanDocument } from "../../../operator/plan/document";
import { recordLines, settingLines } from "../../../operator/plan/lines";
import { planOf } from "../../../operator/plan/plan";
import { readBaseSide, readHead } from "../../../operator/plan/side";
import { parseStackFile } from "../../../operator/record-file";
import { PlainMap, flowText } from "../../../operator/yaml-text";
import { Exported, exportOf } from "./state";

/** Records by secret; what is not named is at rest. */
export type Records = Readonly<Record<string, RotationRecord>>;

/** A settings file of capanel, or of another system, with these records. */
export function settings(
  records: Records,
  environment = "prod",
  system = "capanel",
  external: PlainMap = {},
): string {
  return [
    "config:",
    `  rekey:environment: ${environment}`,
    `  rekey:systems: [${system}]`,
    "  rekey:rotations:",
    ...Object.entries(records).map(([name, record]) => `    ${name}: ${flowText(record as never)}`),
    ...(Object.keys(records).length === 0 ? ["    {}"] : []),
    "  rekey:capanel: { project: example-prod }",
    `  rekey:external: ${flowText(external)}`,
    "",
  ].join("\n");
}

/** What a plan is made from in a test. */
export interface Given {
  readonly head: Records;
  /** Undefined: the file is new. */
  readonly base?: Records | undefined;
  readonly state?: readonly Exported[];
  readonly date?: string;
  readonly environment?: string;
  /** What the head has under `rekey:external`. */
  readonly external?: PlainMap;
  /** capanel unless set. */
  readonly system?: string;
  /** Where the base is another one. */
  readonly baseEnvironment?: string;
}

/** The plan of records on both sides. */
export function planned(given: Given): PlanDocument {
  const { head, base, state, date, environment, system, baseEnvironment = environment } = given;
  const text = settings(head, environment, system, given.external);
  const before = base === undefined ? undefined : settings(base, baseEnvironment, system);
  const resources: StateResource[] | undefined = state && readExport(exportOf(state), "state.json");
  return planOf({
    stack: "prod",
    file: "Pulumi.prod.yaml",
    head: readHead(parseStackFile("Pulumi.prod.yaml", text)),
    base: {
      ref: "main",
      commit: "0123456789abcdef0123456789abcdef01234567",
      hadFile: before !== undefined,
      side: before === undefined ? undefined : readBaseSide("Pulumi.prod.yaml", before),
    },
    state:
      resources === undefined
        ? { kind: "none", why: "--no-state was given" }
        : { kind: "given", resources },
    date,
    lineOf: recordLines(text),
    lineOfSetting: settingLines(text),
  });
}

/** The findings above note level, as `rule secret`. */
export function told({ findings }: PlanDocument): string[] {
  return findings
    .filter(({ level }) => level !== "note")
    .map(({ rule, secret }) => `${rule} ${secret ?? "-"}`);
}
