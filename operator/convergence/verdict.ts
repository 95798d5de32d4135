import {
  type LiveGeneration,
  type RotationRecord,
  liveGenerations,
} from "../../components/rotation";
import {
  type HeldVersion,
  type KnownVersion,
  type Reading,
  type StoreEntry,
  quoted,
} from "./store";

/** What is said of a secret at a store. Only `equal` means that it is as the record says, and `not asked` says nothing at all. */
export type Verdict =
  "equal" | "behind" | "ahead" | "changed by hand" | "missing" | "unreachable" | "not asked";

/** A verdict with what led to it and what mends it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly fix?: string;
}

/** What a store's holdings are held against. */
export interface Expectation {
  /** Absent where no record says where the secret stands. */
  readonly record: RotationRecord | undefined;
  /** Versions that the settings name although no update has applied them yet. */
  readonly taken: ReadonlySet<string>;
  /** True if an update was interrupted and left operations that nobody saw end. */
  readonly interrupted: boolean;
  /** What undoes a version; see `StoreReader.undo`. */
  readonly undo: (held: HeldVersion) => string;
}

/** The commands of a stack that apply its record. */
const UP = "`rekey up`";
const ANEW = "`pulumi refresh`, then `rekey up`";

/** The generation in use in a store: by its own label, else by the state's mark on a version that the store still has. */
export function activeIn(entry: StoreEntry, reading: Reading): number | undefined {
  if (reading.active !== undefined) return reading.active;
  const marked = entry.known.find(({ active }) => active)?.generation;
  return reading.versions.find(({ generation }) => generation === marked)?.generation;
}

/** Holds what a store has against the state's ids and the record's generations, the gravest finding first. */
export function judge(
  entry: StoreEntry,
  reading: Reading | undefined,
  expected: Expectation,
): Judgement {
  if (entry.syncedFor) return judgeSynced(entry, reading);
  if (reading === undefined)
    return {
      verdict: "missing",
      reason: "the store has no such entry, or its newest version was deleted",
      fix: `restore it in the store; if that is impossible, ${ANEW}`,
    };
  const strange = strangeIn(entry, reading, expected);
  if (strange !== undefined) return strange;
  if (entry.byFunction || expected.record === undefined) return { verdict: "equal" };
  return judgeGenerations(entry, reading, expected.record, expected);
}

/** Whether its value is the right one is told by the store that it is kept in step with; see `compared`. */
function judgeSynced({ at }: StoreEntry, reading: Reading | undefined): Judgement {
  if (reading === undefined)
    return {
      verdict: "missing",
      reason: "the cluster has no such object",
      fix: "see that the cluster's sync with the store (External Secrets) runs, and that its store's role may read the entry",
    };
  const outdated = reading.outdated ?? [];
  if (outdated.length === 0) return { verdict: "equal" };
  const restarts = outdated.map(
    (workload) =>
      `\`kubectl -n ${quoted(at.namespace ?? "")} rollout restart deployment/${quoted(workload)}\``,
  );
  return {
    verdict: "behind",
    reason: `pods of ${outdated.join(", ")} began before the object changed, and run with the value of before`,
    fix: `${restarts.join(" and ")}; see that Reloader runs, and retire nothing until then`,
  };
}

function strangeIn(
  entry: StoreEntry,
  { versions }: Reading,
  { taken, interrupted, undo }: Expectation,
): Judgement | undefined {
  const strange = versions.find(
    (held) => held.disabled !== true && !taken.has(held.versionId) && isStrange(held, entry),
  );
  if (strange === undefined) return undefined;
  const current = strange.current === true ? "what readers get" : "readable";
  return {
    verdict: "changed by hand",
    reason: `version ${strange.versionId} is ${current} and not as the stack wrote it`,
    fix: interrupted
      ? `${UP}: an interrupted update may have written it, and the next one clears that away`
      : `${undo(strange)}; if its value is to stay, take it as a new generation instead (\`rekey rotate\`, or \`rekey stage\` for a key that somebody else issues)`,
  };
}

function isStrange(held: HeldVersion, { known, byFunction }: StoreEntry): boolean {
  // A function labels what it writes; a hand does not.
  if (byFunction) return held.generation === undefined;
  const own = known.find((one) => isVersion(held, one));
  if (own === undefined) return true;
  return held.current === true && own.current === false;
}

function isVersion(held: HeldVersion, known: KnownVersion): boolean {
  return known.versionId === undefined
    ? held.generation === known.generation
    : held.versionId === known.versionId;
}

function judgeGenerations(
  { known }: StoreEntry,
  reading: Reading,
  record: RotationRecord,
  { undo }: Expectation,
): Judgement {
  const live = liveGenerations(record);
  const held = reading.versions.filter(({ disabled }) => disabled !== true);
  const holds = (generation: number) => held.some((one) => one.generation === generation);
  const lost = live.find(
    ({ generation }) => !holds(generation) && known.some((one) => one.generation === generation),
  );
  if (lost !== undefined) return lostIn(lost, reading, undo);
  const active = live.find(({ state }) => state === "active")?.generation ?? 0;
  const stored = activeIn({ known } as StoreEntry, reading);
  if (stored === undefined)
    return { verdict: "missing", reason: "no generation in it is in use", fix: ANEW };
  if (stored !== active) return stored < active ? behind(stored, active) : ahead(stored, active);
  const awaited = live.find(({ generation }) => !holds(generation));
  if (awaited !== undefined)
    return {
      verdict: "behind",
      reason: `generation ${awaited.generation} (${awaited.state}) is in the record and not in the store`,
      fix: UP,
    };
  const over = held.find(
    ({ generation }) =>
      generation !== undefined && !live.some((one) => one.generation === generation),
  )?.generation;
  if (over === undefined) return { verdict: "equal" };
  return over > record.generation
    ? ahead(over, record.generation)
    : {
        verdict: "behind",
        reason: `generation ${over} is retired in the record and still readable in the store`,
        fix: UP,
      };
}

function lostIn(
  { generation, state }: LiveGeneration,
  { versions }: Reading,
  undo: Expectation["undo"],
): Judgement {
  const disabled = versions.find((one) => one.generation === generation && one.disabled === true);
  const what = `generation ${generation} (${state})`;
  return disabled === undefined
    ? { verdict: "missing", reason: `${what} is gone from the store`, fix: ANEW }
    : {
        verdict: "missing",
        reason: `${what} was disabled in the store: version ${disabled.versionId}`,
        fix: undo(disabled),
      };
}

function behind(stored: number, active: number): Judgement {
  return {
    verdict: "behind",
    reason: `the store is at generation ${stored}, the record at ${active}`,
    fix: UP,
  };
}

function ahead(stored: number, active: number): Judgement {
  return {
    verdict: "ahead",
    reason: `the store is at generation ${stored}, the record at ${active}`,
    fix: `${UP} if the record means to go back; otherwise take the newer Pulumi.<stack>.yaml (\`git pull\`)`,
  };
}
