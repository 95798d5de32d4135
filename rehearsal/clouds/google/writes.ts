/** The counters of changes: what tests count to show that a re-run writes nothing. */

/** One change that took effect. */
export interface WriteRecord {
  /** `<resource>.<verb>`, for instance `secretVersion.add`, `sqlUser.update`, `service.patch`, `iamPolicy.set`. */
  readonly kind: string;
  /** Short name of what was changed, for instance `secrets/capanel-secret-key/versions/2`. */
  readonly resource: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** Changes that took effect since the start or the last `reset`: an idempotent re-run must add none. */
export class WriteLog {
  private readonly records: WriteRecord[] = [];

  /** Called by handlers, once per change. */
  record(kind: string, resource: string): void {
    this.records.push({ kind, resource, at: new Date().toISOString() });
  }

  /** Every change, oldest first. */
  list(): readonly WriteRecord[] {
    return [...this.records];
  }

  /** Number of changes, of one kind and one resource when given. */
  count(kind?: string, resource?: string): number {
    return this.records.filter(
      (r) =>
        (kind === undefined || r.kind === kind) &&
        (resource === undefined || r.resource === resource),
    ).length;
  }

  /** Number of changes by `kind`. */
  byKind(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.records) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  /** Forgets what was counted so far. */
  reset(): void {
    this.records.length = 0;
  }
}
