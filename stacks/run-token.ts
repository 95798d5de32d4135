/**
 * What a job's run belongs to: the generation, and when it became active, so that every activation has a run of its own; a roll back too,
 * also one to a generation that an update which nobody saw end had left already.
 */
export function runToken(generation: number, activatedAt: string | undefined): string {
  return [`g${generation}`, activatedAt?.replaceAll(/\D/g, "")].filter(Boolean).join("-");
}
