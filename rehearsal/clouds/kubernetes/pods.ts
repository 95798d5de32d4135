/**
 * Pods of the fake: each a real process in place of its one container. It differs from a node in this: a pod has no address of its own, so its
 * process is told the port to listen on in `PORT`; a claim is a folder, put into variables and arguments that name its mount path; a process
 * that is not ready in time is started anew; and no token of the service account is mounted.
 */
import { StartFailure } from "../google/run-env";
import { startInstance, type Instance } from "../google/run-instances";
import type { RunSettings } from "../google/run-options";
import type { ObjectStore } from "./objects";
import { NODES_LEARN_MS, endContainer, rest } from "./pod-end";
import { ConfigProblem, environment, foldersOf, inFolders } from "./pod-env";
import type { Container, PodSpec } from "./schemas";

/** What a pod is made of. */
export interface PodDefinition {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** What pods need of the cluster. */
export interface Node {
  readonly objects: ObjectStore;
  readonly settings: RunSettings;
  /** The folder behind a claim; undefined where there is no such claim. */
  folderOf(namespace: string, claim: string): string | undefined;
  /** Gets every exception that is a mistake of the fake itself. */
  readonly report: (error: unknown) => void;
  /** Aborted when the cluster itself ends, and nobody waits for anything more. */
  readonly halted: AbortSignal;
}

/** Why a container does not run, in the kubelet's words. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** One pod: started when it is made, started anew when its process ends, until it is stopped. */
export class Pod {
  /** True while its readiness probe passes and it is not being stopped: what its deployment counts. */
  ready = false;
  /** Where nodes send its requests: while it is ready, and on until they have learned that it is leaving. */
  endpoint: Instance | undefined;
  restarts = 0;
  waiting: Waiting | undefined;
  private instance: Instance | undefined;
  private readonly aborter = new AbortController();
  private readonly lived: Promise<void>;

  constructor(
    readonly definition: PodDefinition,
    private readonly node: Node,
    private readonly changed: () => void,
  ) {
    this.waiting = { reason: "ContainerCreating", message: "" };
    // Not at once: whoever makes the pod must have it before it is told of its changes.
    this.lived = Promise.resolve()
      .then(() => this.live())
      .catch(node.report);
  }

  /** Has its container ended and its nodes told, neither of which waits for the other. Resolves when both are done. */
  async stop(): Promise<void> {
    this.ready = false;
    this.aborter.abort();
    this.changed();
    const { halted } = this.node;
    const learned =
      this.endpoint &&
      rest(NODES_LEARN_MS, halted).then(() => {
        this.endpoint = undefined;
      });
    const ended = this.instance && endContainer(this.instance, this.definition.spec, halted);
    await Promise.all([learned, ended]);
    await this.lived;
  }

  private async live(): Promise<void> {
    let wait = FIRST_PAUSE_MS;
    while (!this.aborter.signal.aborted) {
      try {
        const instance = await this.startContainer();
        if (this.aborter.signal.aborted) {
          await instance.child.kill();
          return;
        }
        wait = FIRST_PAUSE_MS;
        await this.serve(instance);
        this.waiting = { reason: "CrashLoopBackOff", message: "the process ended" };
      } catch (error) {
        this.waiting = waitingOf(error);
      }
      this.restarts++;
      this.changed();
      await rest(wait, this.aborter.signal);
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    }
  }

  private async serve(instance: Instance): Promise<void> {
    this.instance = instance;
    this.waiting = undefined;
    this.setReady(instance);
    const ended = new AbortController();
    const watched = this.watchReadiness(instance, ended.signal);
    await instance.child.exit;
    ended.abort();
    await watched;
    this.ready = false;
    if (!this.aborter.signal.aborted) this.endpoint = undefined;
    this.instance = undefined;
    instance.agent.destroy();
  }

  private startContainer(): Promise<Instance> {
    const { name, namespace, spec } = this.definition;
    const [container] = spec.containers as [Container];
    const folders = foldersOf(namespace, spec, (...claim) => this.node.folderOf(...claim));
    const placed = (text: string) => inFolders(text, folders);
    const { readinessProbe, image, args, ports } = container;
    const { path } = readinessProbe?.httpGet ?? {};
    // Asked until the settings' deadline: how often a probe may fail decides about restarts of other kinds only.
    const startupProbe =
      readinessProbe?.httpGet === undefined ? {} : { httpGet: { path }, failureThreshold: 1e6 };
    return startInstance(
      this.node.settings,
      {
        name: `${namespace}-${name}`,
        container: { image, args: args?.map(placed), ports, startupProbe },
        env: environment(namespace, container, this.node.objects, placed),
      },
      this.aborter.signal,
    );
  }

  private async watchReadiness(instance: Instance, ended: AbortSignal): Promise<void> {
    const [{ readinessProbe }] = this.definition.spec.containers as [Container];
    const {
      httpGet,
      periodSeconds = 10,
      failureThreshold = 3,
      timeoutSeconds = 1,
    } = readinessProbe ?? {};
    if (httpGet === undefined) return;
    let failures = 0;
    while (!ended.aborted && !this.aborter.signal.aborted) {
      await rest(Math.max(periodSeconds, 1) * 1000, ended, this.aborter.signal);
      const works = await answers(instance.port, httpGet.path ?? "/", timeoutSeconds * 1000);
      failures = works ? 0 : failures + 1;
      const ready = works || (this.ready && failures < failureThreshold);
      if (ready === this.ready || ended.aborted || this.aborter.signal.aborted) continue;
      this.setReady(ready ? instance : undefined);
    }
  }

  private setReady(endpoint: Instance | undefined): void {
    this.ready = endpoint !== undefined;
    this.endpoint = endpoint;
    this.changed();
  }
}

async function answers(port: number, path: string, withinMs: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(withinMs);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", signal });
    await response.arrayBuffer();
    return response.status >= 200 && response.status < 400;
  } catch (error) {
    return !(error instanceof Error);
  }
}

function waitingOf(error: unknown): Waiting {
  if (error instanceof ConfigProblem)
    return { reason: "CreateContainerConfigError", message: error.message };
  if (!(error instanceof StartFailure)) throw error;
  const { message, reason } = error.failure;
  return { reason: reason === "CONTAINER_MISSING" ? "ErrImagePull" : "CrashLoopBackOff", message };
}
