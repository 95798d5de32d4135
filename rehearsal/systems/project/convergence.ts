import type { ConvergenceRow } from "../../../operator/convergence/run";
import { runRekey } from "../../rekey";
import type { Stage } from "../system";
import type { ProjectClouds } from "./clouds";

/** What `rekey convergence` has against the stores, one line each: nothing where all of them hold the same. */
export async function notConverged({ project, engine }: Stage<ProjectClouds>): Promise<string[]> {
  const { code, out, said } = await runRekey(project, engine, ["convergence"]);
  if (code !== 0 && out === "") throw new Error(`rekey convergence failed: ${said}`);
  const { converged, entries } = JSON.parse(out) as {
    converged: boolean;
    entries: readonly ConvergenceRow[];
  };
  const lines = entries
    .filter(({ verdict }) => verdict !== "equal" && verdict !== "not asked")
    .map(
      ({ secret, store, verdict, reason }) =>
        `convergence: ${secret} in ${store}: ${verdict}: ${reason}`,
    );
  return converged || lines.length > 0 ? lines : ["convergence: no store could be asked"];
}
