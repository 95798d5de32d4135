import type { ProjectClouds } from "./clouds";
import { attemptsAtAws } from "./access-aws";
import { attemptsAtKubernetes } from "./access-kubernetes";
import { attemptsAtVault } from "./access-vault";
import { NAMES } from "./hold";

/** One thing that somebody tries with a secret. */
export interface Attempt {
  readonly store: string;
  /** Who tries it. */
  readonly identity: string;
  /** The call, as the store names it. */
  readonly call: string;
  /** Whether it must work. */
  readonly promised: boolean;
  /** True if the store answered, false if it refused; throws where it did neither. */
  readonly run: () => Promise<boolean>;
}

/**
 * Lets every identity try every read of every secret, at every store: the services' own, a neighbour's, a stranger's, and nobody's. Gives
 * what was tried, by secret.
 *
 * @throws Error that lists what was let through, and what was refused to somebody who needs it.
 */
export async function tryAccess(
  clouds: ProjectClouds,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const told: Record<string, string[]> = {};
  const wrong: string[] = [];
  const of = [
    attemptsAtAws(clouds),
    await attemptsAtVault(clouds),
    await attemptsAtKubernetes(clouds),
  ];
  for (const name of NAMES) {
    const tried: Tried[] = [];
    for (const attempts of of)
      for (const attempt of attempts(name)) tried.push(await tryOne(attempt));
    wrong.push(
      ...tried
        .filter(({ promised, works }) => works !== promised)
        .map(
          ({ store, identity, call, works }) =>
            `${name}: ${call} at ${store} as ${identity} is ${works ? "answered" : "refused"}`,
        ),
    );
    told[name] = linesOf(tried);
  }
  if (wrong.length > 0) throw new Error(`access is not as promised: ${wrong.join("; ")}`);
  return told;
}

interface Tried extends Attempt {
  readonly works: boolean;
}

async function tryOne(attempt: Attempt): Promise<Tried> {
  try {
    return { ...attempt, works: await attempt.run() };
  } catch (error) {
    const { call, store, identity } = attempt;
    const { name, message } = error as Error;
    throw new Error(`${call} at ${store} as ${identity}: ${name}: ${message}`, { cause: error });
  }
}

/** One line for those to whom the same happened. */
function linesOf(tried: readonly Tried[]): string[] {
  const outcomes = new Map<string, string[]>();
  for (const store of new Set(tried.map((one) => one.store)))
    for (const identity of new Set(tried.map((one) => one.identity))) {
      const mine = tried.filter((one) => one.store === store && one.identity === identity);
      const calls = (works: boolean) =>
        mine.filter((one) => one.works === works).map(({ call }) => call);
      const said = [
        ...(calls(true).length > 0 ? [`${calls(true).join(", ")} allowed`] : []),
        ...(calls(false).length > 0 ? [`${calls(false).join(", ")} refused`] : []),
      ];
      if (said.length === 0) continue;
      const outcome = `${store}: ${said.join("; ")}`;
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), identity]);
    }
  return [...outcomes].map(
    ([outcome, identities]) => `tried as ${identities.join(", ")} at ${outcome}`,
  );
}
