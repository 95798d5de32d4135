import { SecretDeclaration } from "../components/inventory";
import {
  AT_REST,
  LiveGeneration,
  RotationRecord,
  SlotState,
  liveGenerations,
  retiredGenerations,
} from "../components/rotation";
import { Column, printJson, printText, table, widthOf, wrap } from "./output";
import { RotatedByFunction, rotatedByFunction } from "./plan/by-function";
import { readState } from "./plan/state-source";
import { OpenProject, Whereabouts, openProject } from "./project";

/** The options of `rekey status`. */
export interface StatusOptions extends Whereabouts {
  readonly json?: boolean;
}

/** Where one secret stands. */
export interface SecretStatus {
  readonly secret: string;
  readonly class: string;
  readonly group: string;
  readonly system: string;
  readonly source: string;
  /** Who says which generation is in use: `function` where a rotation function rotates it, and then there is no record of it. */
  readonly rotatedBy: "record" | "function";
  /** The highest generation ever issued; a function's is the one in use at the last update, null where the state does not tell. */
  readonly generation: number | null;
  /** Null where a function rotates it: the store has the slots. */
  readonly active: LiveGeneration | null;
  readonly staged: readonly LiveGeneration[];
  readonly grace: readonly LiveGeneration[];
  readonly retired: readonly number[];
  /** When the active generation became active, UTC; null where no record says it. */
  readonly at: string | null;
  /** Whole days since then, not below 0. */
  readonly ageDays: number | null;
  readonly graceEnds: string | null;
  readonly reason: string | null;
  readonly by: string | null;
  readonly stores: readonly string[];
  readonly consumers: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Prints where each secret of the stack stands. */
export async function runStatus(options: StatusOptions): Promise<void> {
  const project = await openProject(options);
  const { stack, stackFile, secrets, records } = project;
  const now = new Date();
  const byFunction = await generationsByFunction(project);
  const statuses = secrets.map((secret) => {
    const told = byFunction.get(secret.name);
    if (told !== undefined) return byFunctionOf(secret, told);
    return statusOf(secret, records.get(secret.name) ?? AT_REST, now);
  });
  if (options.json) return printJson({ stack, file: stackFile, secrets: statuses });
  const width = lineWidth();
  const places = statuses.flatMap(({ secret, stores, consumers }) => [
    wrap(secret, width),
    wrap(`  kept in ${stores.join(", ")}`, width, 4),
    wrap(`  used by ${consumers.join(", ")}`, width, 4),
  ]);
  await printText([table(statuses, COLUMNS, width), "", ...places].join("\n"));
}

/** The state is read only where a function rotates something: for everything else the settings file says it all. */
async function generationsByFunction(
  project: OpenProject,
): Promise<ReadonlyMap<string, RotatedByFunction>> {
  if (!project.secrets.some((secret) => secret.rotatedByFunction !== undefined)) return new Map();
  const state = await readState(project, undefined);
  const resources = state.kind === "none" ? [] : state.resources;
  const found = rotatedByFunction(project.secrets, resources);
  return new Map(found.map((one) => [one.name, one]));
}

/** Where a secret stands that a rotation function rotates. */
export function byFunctionOf(
  secret: SecretDeclaration,
  { generation }: Pick<RotatedByFunction, "generation">,
): SecretStatus {
  return {
    ...declared(secret),
    ...{ rotatedBy: "function", generation, active: null },
    ...{ staged: [], grace: [], retired: [] },
    ...{ at: null, ageDays: null, graceEnds: null, reason: null, by: null },
  };
}

function declared(secret: SecretDeclaration) {
  const { name, group, system, source, stores, consumers } = secret;
  return { secret: name, class: secret.class, group, system, source, stores, consumers };
}

/** Where a secret stands at a time, by its record. */
export function statusOf(
  secret: SecretDeclaration,
  record: RotationRecord,
  now: Date,
): SecretStatus {
  const live = liveGenerations(record);
  const those = (state: SlotState) => live.filter((one) => one.state === state);
  const [active] = those("active");
  if (active === undefined) throw new Error(`${secret.name} has no active generation`);
  const since = record.at === undefined ? undefined : now.getTime() - Date.parse(record.at);
  return {
    ...declared(secret),
    rotatedBy: "record",
    generation: record.generation,
    active,
    staged: those("staged"),
    grace: those("grace"),
    retired: retiredGenerations(record),
    at: record.at ?? null,
    ageDays: since === undefined ? null : Math.max(0, Math.floor(since / DAY_MS)),
    graceEnds: record.graceEnds ?? null,
    reason: record.reason ?? null,
    by: record.by ?? null,
  };
}

const COLUMNS: readonly Column<SecretStatus>[] = [
  { title: "SECRET", value: (row) => row.secret },
  { title: "CLASS", value: (row) => row.class },
  { title: "GROUP", value: (row) => row.group },
  {
    title: "ACTIVE",
    value: ({ active, generation }) =>
      active === null ? `${generation ?? "?"} (function)` : held([active]),
  },
  { title: "STAGED", value: (row) => held(row.staged) },
  { title: "GRACE", value: (row) => held(row.grace) },
  { title: "RETIRED", value: (row) => ranges(row.retired) },
  { title: "AGE", value: (row) => (row.ageDays === null ? "unknown" : `${row.ageDays} d`) },
];

function held(live: readonly LiveGeneration[]): string {
  return live.map(({ slot, generation }) => `${generation} (${slot})`).join(", ") || "-";
}

/** `1-3, 5` for 1, 2, 3 and 5. */
export function ranges(numbers: readonly number[]): string {
  const runs: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ") || "-";
}

/** Characters in a line: the terminal's, or `COLUMNS` where standard output is none. */
export function lineWidth(): number {
  const wanted = process.stdout.isTTY ? undefined : Number(process.env.COLUMNS);
  return wanted ? Math.max(20, wanted) : widthOf(process.stdout);
}
