import { findEngine } from "../../engine";
import { EXTERNAL } from "../../components/external";
import { AT_REST } from "../../components/rotation";
import { explain } from "../engine-errors";
import { createProgress, printJson, printText, table, widthOf, wrap } from "../output";
import { type OpenProject, type Whereabouts, openProject } from "../project";
import { openCloud } from "../recovery/cloud";
import { readState } from "../recovery/state";
import { choose } from "../selection";
import { openStack } from "../workspace";
import { checkConvergence } from "./check";
import type { Answered } from "./compare";
import { Fingerprints } from "./fingerprint";
import { leftAtIntakes } from "./intakes";
import { mapOf } from "./store";
import type { Verdict } from "./verdict";

/** The options of `rekey convergence`. */
export interface ConvergenceOptions extends Whereabouts {
  /** These secrets only; all of the stack where there are none. */
  readonly secrets: readonly string[];
  readonly json?: boolean;
}

/** A row of the command's document: a secret at a store. No value, and no fingerprint that would serve outside this run. */
export interface ConvergenceRow {
  /** Null for an entry of the stack that no secret claims. */
  readonly secret: string | null;
  readonly store: string;
  /** In use in the store; null where it does not say. */
  readonly generation: number | null;
  /** In use by the record; null where a rotation function rotates, or nothing was asked. */
  readonly recordGeneration: number | null;
  /** Of the value in use: 12 hexadecimal digits. */
  readonly fingerprint: string | null;
  /** Everything that can be read in the store, the value in use included. */
  readonly versions: readonly {
    readonly version: string;
    readonly generation: number | null;
    readonly fingerprint: string | null;
  }[];
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly fix: string | null;
}

/** Asks every store of the stack, prints what it holds, and sets exit code 1 unless all that there is to ask is equal. */
export async function runConvergence(options: ConvergenceOptions): Promise<void> {
  const open = await openProject(options);
  const all = options.secrets.length === 0;
  const records = new Map(open.secrets.map(({ name }) => [name, AT_REST]));
  const secrets = all
    ? open.secrets
    : choose(open.secrets, records, "stage", { names: options.secrets });
  const rows = (await ask(open, secrets, all)).map(rowOf);
  const converged = isConverged(rows);
  if (!converged) process.exitCode = 1;
  if (options.json) return printJson({ stack: open.stack, converged, entries: rows });
  await printText(textOf(rows, widthOf(process.stdout)));
}

async function ask(open: OpenProject, secrets: OpenProject["secrets"], all: boolean) {
  const progress = createProgress();
  try {
    const engine = await findEngine({ progress });
    const place = { cwd: open.cwd, stack: open.stack, command: engine.command };
    try {
      const { stack } = await openStack(place);
      const [state, config] = await Promise.all([readState(stack), stack.getAllConfig()]);
      progress.step("asking the stores");
      const taken = takenIn(open.file.config[EXTERNAL]);
      const { records, file } = open;
      const asked = await checkConvergence({ secrets, records, state, config, taken, all });
      const cloud = openCloud(config, new Set());
      try {
        const { resources } = state;
        return [...asked, ...(await leftAtIntakes(secrets, records, file, { cloud, resources }))];
      } finally {
        cloud.close();
      }
    } catch (error) {
      throw explain(error, { place, observed: { messages: [] }, mistake: undefined });
    }
  } finally {
    progress.end();
  }
}

/** Versions that were taken in past the program and may not have been applied yet. */
function takenIn(external: unknown): Map<string, Set<string>> {
  return new Map(
    Object.entries(mapOf(external)).map(([secret, slots]) => [
      secret,
      new Set(
        Object.values(mapOf(slots)).flatMap((held) => {
          const { version } = mapOf(held);
          return typeof version === "string" ? [version.slice(/[^/|]*$/.exec(version)?.index)] : [];
        }),
      ),
    ]),
  );
}

/** True if something was asked and all of it is as it should be. */
export function isConverged(rows: readonly Pick<ConvergenceRow, "verdict">[]): boolean {
  const asked = rows.filter(({ verdict }) => verdict !== "not asked");
  return asked.length > 0 && asked.every(({ verdict }) => verdict === "equal");
}

/** The row of an answer. */
export function rowOf(answer: Answered): ConvergenceRow {
  const { judgement, versions, generation } = answer;
  const used = versions.filter((one) =>
    generation === null ? one.current : one.generation === generation,
  );
  const [inUse] = [...used.filter(({ current }) => current), ...used];
  return {
    secret: answer.secret,
    store: answer.store,
    generation,
    recordGeneration: answer.recordGeneration,
    fingerprint: shown(inUse?.fingerprint),
    versions: versions.map((one) => ({
      version: one.version,
      generation: one.generation,
      fingerprint: shown(one.fingerprint),
    })),
    verdict: judgement.verdict,
    reason: judgement.reason ?? null,
    fix: judgement.fix ?? null,
  };
}

function shown(fingerprint: string | null | undefined): string | null {
  return fingerprint ? Fingerprints.shown(fingerprint) : null;
}

function textOf(rows: readonly ConvergenceRow[], width: number): string {
  const told = rows
    .filter(({ reason }) => reason !== null)
    .flatMap(({ secret, store, verdict, reason, fix }) => [
      wrap(`${secret ?? "-"} in ${store}: ${verdict}: ${reason}`, width, 2),
      ...(fix === null ? [] : [wrap(`  fix: ${fix}`, width, 7)]),
    ]);
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  const unasked = count("not asked");
  const asked = rows.length - unasked;
  const summary =
    asked === 0
      ? "No store could be asked: whether they agree is unknown."
      : `${count("equal")} of ${asked} equal${unasked > 0 ? `, ${unasked} not asked` : ""}.`;
  return [
    table(
      rows,
      [
        { title: "SECRET", value: ({ secret }) => secret ?? "-" },
        { title: "STORE", value: ({ store }) => store },
        { title: "IN STORE", value: ({ generation }) => generation ?? "-" },
        { title: "RECORD", value: ({ recordGeneration }) => recordGeneration ?? "-" },
        { title: "FINGERPRINT", value: ({ fingerprint }) => fingerprint ?? "-" },
        { title: "VERDICT", value: ({ verdict }) => verdict },
      ],
      width,
    ),
    "",
    ...told,
    ...(told.length > 0 ? [""] : []),
    summary,
  ].join("\n");
}
