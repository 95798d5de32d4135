import { GoogleClient, RunObject, isNotFound } from "../google";
import type { KnownState } from "./state";

/**
 * Deletes failed runs of the stack's jobs. A run is named after its token for good, and the token after the generation: while the
 * failed one is there, the same activation could never run its job again.
 *
 * @returns the short names of the runs that were deleted.
 */
export async function clearFailedRuns(
  { resources }: KnownState,
  google: () => GoogleClient,
): Promise<string[]> {
  const jobs = resources.filter(
    ({ type, id, initErrors }) => type === "gcp:cloudrunv2/job:Job" && id && initErrors.length > 0,
  );
  if (jobs.length === 0) return [];
  const { run } = google();
  const cleared: string[] = [];
  for (const { id = "" } of jobs) {
    const executions = await run.list(`${id}/executions`).catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
    for (const name of executions.filter(failed).map((execution) => String(execution["name"]))) {
      await run.delete(name);
      cleared.push(name.split("/").at(-1) ?? name);
    }
  }
  return cleared;
}

function failed(execution: RunObject): boolean {
  const conditions = execution["conditions"];
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (condition: { type?: unknown; state?: unknown }) =>
      condition.type === "Completed" && condition.state === "CONDITION_FAILED",
  );
}
