/** The services that the fake docker runs, one process each, and the fake edge proxy in front of them. */
import { Front } from "../google/run-front";
import { type Instance, retireInstance, startInstance } from "../google/run-instances";
import { type ImageSpec, runSettings } from "../google/run-options";
import type { ComposeService } from "./compose-file";
import { type Answer, runOneOff } from "./one-off";

/** What runs for a service. */
interface Running {
  readonly service: ComposeService;
  readonly instance: Instance;
}

/** How services are run. */
export interface ServicesOptions {
  readonly images: Readonly<Record<string, ImageSpec>>;
  /** Folder for the processes' output, one file a start. */
  readonly logDir: string;
}

// How long compose itself waits between SIGTERM and SIGKILL, and the longest wait for requests under way before the first.
const DRAIN_MS = 10_000;
const RESTART_MS = 60_000;

/**
 * Services by name. To recreate one is to stop it and then to start it, as compose does it; it leaves its proxy before it is stopped, so
 * that an application of two services serves on.
 */
export class Services {
  private readonly running = new Map<string, Running>();
  private readonly fronts = new Map<string, Front>();
  private readonly ending = new AbortController();
  private readonly oneOffs = new Set<Promise<Answer>>();
  private started = 0;

  constructor(private readonly options: ServicesOptions) {}

  /** Opens a proxy for each application and answers their addresses. */
  async open(apps: readonly string[]): Promise<Record<string, string>> {
    const urls: Record<string, string> = {};
    for (const app of apps) {
      const front = await Front.start(() => true);
      front.serve([{ running: () => this.instancesOf(app) }]);
      this.fronts.set(app, front);
      urls[app] = front.url;
    }
    return urls;
  }

  /** True when a service runs with these very settings. */
  isUp(service: ComposeService): boolean {
    const running = this.running.get(service.name);
    return running?.service.hash === service.hash && running.instance.child.running;
  }

  /** Names of the services that run. */
  names(): string[] {
    return [...this.running.keys()];
  }

  /**
   * Stops what runs for the service, starts it anew and waits until it is healthy, at most `waitMs`. An abort leaves it stopped. Throws
   * when it does not become healthy, and then nothing runs for it.
   */
  async recreate(service: ComposeService, waitMs: number, aborted: AbortSignal): Promise<void> {
    await this.stop(service.name);
    const either = AbortSignal.any([aborted, this.ending.signal]);
    either.throwIfAborted();
    const instance = await this.start(service, waitMs, either);
    this.running.set(service.name, { service, instance });
    void instance.child.exit.then(() => this.restart(service, instance));
  }

  /** Stops a service if it runs: out of its proxy first, then the requests under way, then SIGTERM. */
  async stop(name: string): Promise<void> {
    const found = this.running.get(name);
    if (found === undefined) return;
    this.running.delete(name);
    await retireInstance(found.instance, DRAIN_MS);
  }

  /** Runs the service's image as a process of its own to its end; an abort ends it. What runs for the service by itself is left alone. */
  async runOnce(service: ComposeService, aborted: AbortSignal): Promise<Answer> {
    const name = `${service.name}-run-${++this.started}`;
    const work = runOneOff(this.options, name, service, AbortSignal.any([aborted, this.ending.signal])); // prettier-ignore
    this.oneOffs.add(work);
    return work.finally(() => this.oneOffs.delete(work));
  }

  /** Ends every service, one-off run and proxy. */
  async close(): Promise<void> {
    this.ending.abort();
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
    await Promise.allSettled([...this.oneOffs]);
    await Promise.all([...this.fronts.values()].map((front) => front.stop()));
  }

  private instancesOf(app: string): Instance[] {
    return [...this.running.values()]
      .filter(({ service, instance }) => service.app === app && instance.child.running)
      .map(({ instance }) => instance);
  }

  private start(service: ComposeService, waitMs: number, aborted: AbortSignal): Promise<Instance> {
    const { name, image, command, env, healthPath } = service;
    const settings = runSettings({
      images: this.options.images,
      logDir: this.options.logDir,
      startupDeadlineMs: waitMs,
    });
    const probe = healthPath === undefined ? {} : { httpGet: { path: healthPath } };
    return startInstance(
      settings,
      {
        name: `${name}-${++this.started}`,
        // Asked more often than a health check would be; only the deadline matters here.
        container: {
          image,
          args: [...command],
          startupProbe: { ...probe, periodSeconds: 3600, failureThreshold: 3 },
        },
        env,
      },
      aborted,
    );
  }

  private async restart(service: ComposeService, dead: Instance): Promise<void> {
    if (this.running.get(service.name)?.instance !== dead || this.ending.signal.aborted) return;
    this.running.delete(service.name);
    if (service.restarts) await this.recreate(service, RESTART_MS, this.ending.signal).catch(note);
  }
}

function note(error: unknown): void {
  process.stderr.write(`fake docker: ${error instanceof Error ? error.message : String(error)}\n`);
}
