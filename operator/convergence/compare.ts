import type { Judgement } from "./verdict";

/** One version that a store holds, with its whole fingerprint. */
export interface HeldFingerprint {
  readonly version: string;
  readonly generation: number | null;
  readonly fingerprint: string | null;
  /** Readers that pin no version get it. */
  readonly current: boolean;
}

/** What one store answered about one secret. */
export interface Answered {
  /** Null for an entry that no secret claims. */
  readonly secret: string | null;
  readonly store: string;
  /** In use in the store; null where it does not say. */
  readonly generation: number | null;
  /** In use by the record; null where no record says it. */
  readonly recordGeneration: number | null;
  readonly versions: readonly HeldFingerprint[];
  readonly judgement: Judgement;
  /** The cluster keeps it in step with another store by itself. */
  readonly synced?: boolean;
}

/**
 * Compares the stores of each secret, generation by generation: the few that hold another value than the others were changed, and where
 * neither side is the greater, all of them are suspect. A finding that was made already stays.
 */
export function compared(answers: readonly Answered[]): Answered[] {
  return answers.map((answer) => {
    if (answer.synced) return inStep(answer, answers);
    if (answer.judgement.verdict !== "equal") return answer;
    const others = answers.filter(
      (one) => one === answer || (one.secret === answer.secret && isWitness(one)),
    );
    const odd = generationsOf(answer).find((generation) => isOdd(answer, others, generation));
    if (odd === undefined) return answer;
    const stores = others.filter((one) => one !== answer).map(({ store }) => store);
    return {
      ...answer,
      judgement: {
        verdict: "changed by hand",
        reason: `its value of generation ${odd} is another one than that in ${stores.join(", ") || "the same entry"}`,
        fix: `\`rekey rotate ${answer.secret}\`, then \`rekey up\`: a new generation reaches every store`,
      },
    };
  });
}

/** Finds the generation that the cluster holds in the store that it is kept in step with, and whether that is the one in use there. */
function inStep(answer: Answered, all: readonly Answered[]): Answered {
  const [held] = answer.versions;
  const value = held?.fingerprint;
  if (held === undefined) return answer;
  const kept = all.find(
    (one) =>
      answer.secret !== null &&
      one.secret === answer.secret &&
      !one.synced &&
      one.generation !== null,
  );
  const fix = "see that the cluster's sync with the store (External Secrets) runs, then ask again";
  if (kept === undefined)
    return {
      ...answer,
      judgement: {
        verdict: "unreachable",
        reason: "unknown: no store told what it is to hold",
        fix,
      },
    };
  const found = kept.versions.find(({ fingerprint }) => value && fingerprint === value);
  if (!found || found.generation === null)
    return {
      ...answer,
      judgement: {
        verdict: "changed by hand",
        reason: `its value is none of those in ${kept.store}: it is of a generation that was retired, or was written by hand`,
        fix,
      },
    };
  const { generation } = found;
  const judgement: Judgement =
    generation === kept.generation
      ? answer.judgement
      : {
          verdict: "behind",
          reason: `the cluster has generation ${generation}, and ${kept.store} is at ${kept.generation}`,
          fix: `${fix}; retire nothing until then`,
        };
  return { ...answer, generation, versions: [{ ...held, generation }], judgement };
}

/** What was changed by hand proves nothing about the others. */
function isWitness({ secret, judgement }: Answered): boolean {
  return secret !== null && judgement.verdict !== "changed by hand";
}

function isOdd(answer: Answered, all: readonly Answered[], generation: number): boolean {
  const own = valuesOf(answer, generation);
  if (own.size > 1) return true;
  const votes = new Map<string, number>();
  for (const one of all)
    for (const value of valuesOf(one, generation)) votes.set(value, (votes.get(value) ?? 0) + 1);
  const most = Math.max(...votes.values());
  const winners = [...votes].filter(([, count]) => count === most).map(([value]) => value);
  return votes.size > 1 && !(winners.length === 1 && own.has(winners[0] ?? ""));
}

function valuesOf({ versions }: Answered, generation: number): Set<string> {
  const own = versions.filter((one) => one.generation === generation);
  return new Set(own.flatMap(({ fingerprint }) => fingerprint ?? []));
}

function generationsOf(answer: Answered): number[] {
  const numbered = new Set(answer.versions.flatMap(({ generation }) => generation ?? []));
  return [...numbered].filter((generation) => valuesOf(answer, generation).size > 0);
}
