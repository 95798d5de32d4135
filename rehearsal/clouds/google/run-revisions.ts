/** Revisions of the Cloud Run fake: an unchanging template and the processes that run it. */
import { randomUUID } from "node:crypto";
import type { CloudContext } from "./context";
import { resolveEnv, StartFailure } from "./run-env";
import { imageOf, retireInstance, startInstance, type Instance } from "./run-instances";
import { condition, newEtag, now, reconciling, type Condition } from "./run-names";
import type { RunSettings } from "./run-options";
import type { Container, RevisionTemplate } from "./run-schemas";

/** What a revision belongs to. */
export interface RevisionOwner {
  readonly ctx: CloudContext;
  readonly settings: RunSettings;
  /** Full name of the service. */
  readonly service: string;
  /** Ends everything at once when the fake stops. */
  readonly aborted: AbortSignal;
}

/** One revision; its instances are replaced when they die by themselves, until it is retired. */
export class Revision {
  readonly uid = randomUUID();
  readonly createTime = now();
  private readonly etag = newEtag();
  private conditions: Condition[] = [reconciling("Ready")];
  private instances: Instance[] = [];
  private started = 0;
  private retired = false;

  constructor(
    private readonly owner: RevisionOwner,
    /** Short name, unique in its service. */
    readonly name: string,
    readonly template: RevisionTemplate,
  ) {}

  /** `…/revisions/<name>` */
  get fullName(): string {
    return `${this.owner.service}/revisions/${this.name}`;
  }

  /** True when it never came up. */
  get failed(): boolean {
    return this.conditions.some((one) => one.state === "CONDITION_FAILED");
  }

  /** Its instances that can take a request now. */
  running(): readonly Instance[] {
    return this.instances.filter(({ child }) => child.running);
  }

  /** Starts all instances and waits for their probes; throws a {@link StartFailure}, and then none is left. */
  async start(): Promise<void> {
    const { settings } = this.owner;
    const { minInstanceCount: least = 0, maxInstanceCount: most = 100 } =
      this.template.scaling ?? {};
    const wanted = Math.max(1, least, Math.min(settings.instancesPerRevision, most));
    try {
      imageOf(settings, this.container);
      const results = await Promise.allSettled(
        Array.from({ length: wanted }, () => this.startOne()),
      );
      const failure = results.find((result) => result.status === "rejected");
      if (failure !== undefined) throw failure.reason;
      this.conditions = ["Ready", "ContainerHealthy", "ResourcesAvailable"].map((type) =>
        condition(type),
      );
    } catch (error) {
      await this.retire();
      if (error instanceof StartFailure) this.conditions = [condition("Ready", error.failure)];
      throw error;
    }
  }

  /** Ends its instances, each after the requests under way. New requests must go elsewhere before. */
  async retire(): Promise<void> {
    this.retired = true;
    const ending = this.instances;
    const { drainMs } = this.owner.settings;
    await Promise.all(ending.map((instance) => retireInstance(instance, drainMs)));
    this.instances = [];
  }

  /** The revision as the v2 API answers it. */
  describe(): Record<string, unknown> {
    const template: RevisionTemplate = { ...this.template };
    delete template.revision;
    return {
      name: this.fullName,
      uid: this.uid,
      generation: "1",
      observedGeneration: "1",
      createTime: this.createTime,
      updateTime: this.conditions[0]?.lastTransitionTime ?? this.createTime,
      launchStage: "GA",
      service: this.owner.service.split("/").at(-1),
      ...template,
      conditions: [...this.conditions, ...(this.running().length > 0 ? [condition("Active")] : [])],
      etag: this.etag,
    };
  }

  private get container(): Container {
    return this.template.containers?.[0] as Container;
  }

  private async startOne(): Promise<void> {
    const { ctx, settings, service, aborted } = this.owner;
    const { serviceAccount = "" } = this.template;
    const name = `${this.name}-${++this.started}`;
    const serviceId = service.split("/").at(-1) ?? "";
    // Read anew for each instance, as the real service does: a version that was disabled meanwhile stops new instances.
    const secrets = resolveEnv(ctx, this.container.env ?? [], serviceAccount, "Revision");
    const env = {
      ...secrets,
      K_SERVICE: serviceId,
      K_REVISION: this.name,
      K_CONFIGURATION: serviceId,
    };
    const instance = await startInstance(
      settings,
      { name, container: this.container, env },
      aborted,
    );
    this.instances.push(instance);
    void instance.child.exit.then(() => this.replace(instance));
  }

  // A start takes as long as the probe asks for, which keeps a revision that dies again and again from turning in a tight loop.
  private async replace(dead: Instance): Promise<void> {
    if (this.retired || this.owner.aborted.aborted) return;
    this.instances = this.instances.filter((instance) => instance !== dead);
    dead.agent.destroy();
    try {
      await this.startOne();
      if (this.retired) await this.retire();
    } catch (error) {
      const failure =
        error instanceof StartFailure ? error.failure : { message: "the instance did not start" };
      this.conditions = [...this.conditions, condition("ContainerHealthy", failure)];
    }
  }
}
