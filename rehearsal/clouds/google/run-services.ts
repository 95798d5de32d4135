/** Services of the Cloud Run fake: desired state, one change at a time, traffic that moves only to a revision that is ready. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ApiError, precondition } from "./errors";
import { StartFailure } from "./run-env";
import { Front } from "./run-front";
import { condition, newEtag, now, reconciling, revisionName, type Condition } from "./run-names";
import { Revision, type RevisionOwner } from "./run-revisions";
import { generationText, type ServiceFields } from "./run-schemas";

/** Surroundings of a service. */
export interface ServiceOwner extends Omit<RevisionOwner, "service"> {
  /** Answers whether `allUsers` may invoke the service. */
  readonly invocable: (id: string) => boolean;
}

/** One service. */
export class Service {
  private readonly uid = randomUUID();
  private readonly createTime = now();
  private updateTime = this.createTime;
  private generation = 0;
  private observed = 0;
  private revisions: Revision[] = [];
  private latestReady: Revision | undefined;
  private terminal: Condition = reconciling("Ready");
  private front: Front | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly draining = new Set<Promise<void>>();
  etag = newEtag();

  constructor(
    private readonly owner: ServiceOwner,
    readonly name: string,
    /** What callers set, complete. */
    public fields: ServiceFields,
  ) {}

  /** Short name. */
  get id(): string {
    return this.name.split("/").at(-1) ?? this.name;
  }

  /** True when `fields` would change something. A template whose revision never came up is tried again, so that is a change too. */
  wouldChange(fields: ServiceFields): boolean {
    return !isDeepStrictEqual(fields, this.fields) || this.needsRevision(fields);
  }

  /**
   * Takes over `fields` at once and answers the work that follows, which ends with traffic on the latest template and rejects when it
   * cannot serve; the revision that served before then keeps all traffic.
   */
  apply(fields: ServiceFields): () => Promise<void> {
    const first = this.generation === 0;
    if (!first && !this.wouldChange(fields)) return () => this.queue.then(() => this.settled());
    const revision = first || this.needsRevision(fields) ? this.newRevision(fields) : undefined;
    this.fields = fields;
    const generation = ++this.generation;
    this.updateTime = now();
    this.etag = newEtag();
    if (revision !== undefined) this.terminal = reconciling("Ready");
    return () => {
      const work = this.queue.then(() => this.reconcile(revision, generation));
      this.queue = work.catch((error: unknown) => error);
      return work;
    };
  }

  /** Ends the front and all instances. `atOnce` does not wait for requests under way. */
  async stop(atOnce: boolean): Promise<void> {
    if (atOnce) await this.front?.stop();
    else this.front?.serve([]);
    await this.queue;
    await Promise.all(this.revisions.map((revision) => revision.retire()));
    await Promise.all(this.draining);
    await this.front?.stop();
  }

  /** Its revisions, the latest first. */
  listRevisions(): readonly Revision[] {
    return [...this.revisions].reverse();
  }

  /** Address of its front; none before the first change was taken up. */
  get uri(): string | undefined {
    return this.front?.url;
  }

  /** The service as the v2 API answers it. */
  describe(): Record<string, unknown> {
    const uri = this.front?.url;
    const busy = this.observed !== this.generation;
    const traffic = this.latestReady && {
      type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
      percent: 100,
    };
    return {
      name: this.name,
      uid: this.uid,
      generation: generationText(this.generation),
      observedGeneration: generationText(this.observed),
      createTime: this.createTime,
      updateTime: this.updateTime,
      creator: "operator@example.com",
      lastModifier: "operator@example.com",
      ...this.fields,
      etag: this.etag,
      latestCreatedRevision: this.revisions.at(-1)?.fullName,
      latestReadyRevision: this.latestReady?.fullName,
      trafficStatuses: traffic && [traffic],
      uri,
      urls: uri === undefined ? [] : [uri],
      terminalCondition: this.terminal,
      conditions: ["RoutesReady", "ConfigurationsReady"].map((type) => ({
        ...this.terminal,
        type,
      })),
      ...(busy ? { reconciling: true } : {}),
    };
  }

  private settled(): void {
    if (this.terminal.state === "CONDITION_FAILED") throw precondition(this.terminal.message ?? "");
  }

  private needsRevision(fields: ServiceFields): boolean {
    const { revision, ...template } = fields.template;
    const { revision: currentName, ...current } = this.fields.template;
    const renamed = revision !== undefined && revision !== currentName;
    const failed = this.revisions.at(-1)?.failed === true;
    return renamed || failed || !isDeepStrictEqual(template, current);
  }

  private newRevision({ template }: ServiceFields): Revision {
    const name = template.revision ?? revisionName(this.id, this.revisions.length + 1);
    if (template.revision !== undefined && !name.startsWith(`${this.id}-`)) {
      throw precondition(`template.revision: '${name}' must begin with '${this.id}-'.`);
    }
    if (this.revisions.some((one) => one.name === name)) {
      throw new ApiError(
        409,
        "ALREADY_EXISTS",
        `Revision named '${name}' with different configuration already exists.`,
      );
    }
    const revision = new Revision({ ...this.owner, service: this.name }, name, template);
    this.revisions.push(revision);
    return revision;
  }

  private async reconcile(revision: Revision | undefined, generation: number): Promise<void> {
    try {
      this.front ??= await Front.start(() => this.owner.invocable(this.id));
      if (revision !== undefined) await this.rollOut(revision);
      this.terminal = revision === undefined ? this.terminal : condition("Ready");
    } catch (error) {
      const reason = error instanceof StartFailure ? error.message : "Internal error.";
      const message = `Revision '${revision?.name ?? ""}' is not ready and cannot serve traffic. ${reason}`;
      this.terminal = condition("Ready", { message, reason: "REVISION_FAILED" });
      throw error instanceof StartFailure ? precondition(message) : error;
    } finally {
      this.observed = Math.max(this.observed, generation);
    }
  }

  private async rollOut(revision: Revision): Promise<void> {
    await revision.start();
    const previous = this.latestReady;
    this.latestReady = revision;
    if (previous !== undefined) {
      this.front?.serve([previous, revision]);
      await this.overlap();
    }
    this.front?.serve([revision]);
    if (previous === undefined) return;
    const ending = previous.retire().finally(() => this.draining.delete(ending));
    this.draining.add(ending);
  }

  private overlap(): Promise<void> {
    const { settings, aborted } = this.owner;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        aborted.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, settings.overlapSeconds * 1000);
      aborted.addEventListener("abort", end);
      if (aborted.aborted) end();
    });
  }
}
