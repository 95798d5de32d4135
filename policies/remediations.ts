import { internal } from "./internal";

/**
 * Leaves the engine's question for a remediation unanswered: it asks for each resource before it has it checked, with all its properties,
 * and no rule here changes a resource. The engine goes on where a pack does not know the call, as with those older than remediations.
 * Only for a process that serves these rules alone; a pack with remediations of its own needs the question.
 */
export function skipRemediations(): void {
  delete internal.analyzer.remediate;
}
