import type { SecretDeclaration } from "../../components/inventory";
import type { StateResource } from "./state-export";

/** A secret that a rotation function rotates, with its generation in use. */
export interface RotatedByFunction {
  readonly name: string;
  /** As the last update read it from the store; null where the state does not tell. What the store says now: `rekey convergence`. */
  readonly generation: number | null;
}

/** Those of the secrets that a rotation function rotates; their records say nothing of them. */
export function rotatedByFunction(
  secrets: readonly SecretDeclaration[],
  resources: readonly StateResource[],
): RotatedByFunction[] {
  return secrets.flatMap(({ name, rotatedByFunction: entry }) =>
    entry === undefined ? [] : [{ name, generation: generationIn(entry, resources) }],
  );
}

function generationIn(entry: string, resources: readonly StateResource[]): number | null {
  const kept = resources.find(
    ({ urn, inputs }) =>
      urn.includes("aws:secretsmanager/secret:Secret::") && inputs.name === entry,
  );
  const store = kept && resources.find(({ urn }) => urn === kept.parent);
  const generation = store?.outputs.generation;
  return typeof generation === "number" ? generation : null;
}

/** `in use: generation 3 at the last update`. */
export function inUse({ generation }: Pick<RotatedByFunction, "generation">): string {
  return generation === null
    ? "a rotation function rotates it; the state does not tell its generation, rekey convergence does"
    : `a rotation function rotates it; generation ${generation} was in use at the last update`;
}
