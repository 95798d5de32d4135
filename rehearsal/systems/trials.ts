import type { Clouds } from "../clouds";
import { Answer, Holdings, NotApplicable, Stage, SystemRehearsal, Verdict, held } from "./system";

/** Tries what was held before and what is held now against everything that took it. */
export async function judge<C extends Clouds>(
  system: SystemRehearsal<C>,
  stage: Stage<C>,
  old: Holdings,
  now: Holdings,
): Promise<ReadonlyMap<string, Verdict>> {
  const more = await system.evidence(stage, old, now);
  const verdicts = new Map<string, Verdict>();
  for (const [name, { what, attempt }] of Object.entries(system.trials)) {
    const before = await attempt(stage, held(old, name));
    const after = await attempt(stage, held(now, name));
    verdicts.set(name, {
      old: named(before),
      new: named(after),
      evidence: [
        `${what}: old ${named(before)}, new ${named(after)}`,
        ...reasons(before, after),
        ...(more[name] ?? []),
      ],
    });
  }
  return verdicts;
}

/** What came of one trial, held against what is promised. */
export interface Tried {
  readonly secret: string;
  readonly ok: boolean;
  /** One line, no values. */
  readonly evidence: string;
}

/**
 * Tries one generation of each of the secrets named against what takes it, and holds the answers against what is promised; `whose` is what the
 * evidence calls the generation.
 */
export async function tryAgainst<C extends Clouds>(
  system: SystemRehearsal<C>,
  stage: Stage<C>,
  holdings: Holdings,
  names: readonly string[],
  promised: Answer,
  whose = "",
): Promise<Tried[]> {
  const prefix = whose === "" ? "" : `${whose}: `;
  const tried: Tried[] = [];
  for (const secret of names) {
    const trial = system.trials[secret];
    if (!trial) throw new Error(`${system.name} has no trial for ${secret}`);
    const answer = await trial.attempt(stage, held(holdings, secret));
    const ok = typeof answer !== "string" || answer === promised;
    const said = typeof answer === "string" ? answer : `not applicable: ${answer.notApplicable}`;
    const broken = ok ? "" : `, where ${promised} is promised`;
    tried.push({ secret, ok, evidence: `${prefix}${trial.what}: ${said}${broken}` });
  }
  return tried;
}

function named(answer: Answer | NotApplicable): Answer | "not-applicable" {
  return typeof answer === "string" ? answer : "not-applicable";
}

function reasons(...answers: (Answer | NotApplicable)[]): string[] {
  return [
    ...new Set(
      answers.flatMap((answer) =>
        typeof answer === "string" ? [] : [`not applicable: ${answer.notApplicable}`],
      ),
    ),
  ];
}
