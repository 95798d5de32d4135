/** Instances of the Cloud Run fake: real processes on ports of their own, ready once their start-up probe passes. */
import { randomInt } from "node:crypto";
import { Agent } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { launch, type Child } from "../../processes";
import { StartFailure } from "./run-env";
import type { ImageSpec, RunSettings } from "./run-options";
import type { Container, Probe } from "./run-schemas";

/** A process that passed its probe. */
export interface Instance {
  readonly port: number;
  readonly child: Child;
  /** Connections from the front to this instance. */
  readonly agent: Agent;
  /** Requests that the front has given it and that are not answered yet; the front counts. */
  inFlight: number;
  /** Called by the front when `inFlight` comes down to 0. */
  onIdle?: () => void;
}

/** What is started. */
export interface InstanceSpec {
  /** For messages and the log file: `<revision>-<number>`. */
  readonly name: string;
  readonly container: Container;
  /** Whole environment but `PORT` and `PATH`. */
  readonly env: Readonly<Record<string, string>>;
}

// Below the ports that the system gives to outgoing connections, which come and go all the time under load.
const PORTS = { from: 18_000, to: 32_000 };
const PORT_TRIES = 20;
// As many requests as a real instance takes at a time; a burst of more would only be a burst of new connections, which are slow to take up.
const CONNECTIONS = 80;
// Far below what the application gives an idle connection, or it might end one while a request is on its way.
const IDLE_MS = 10_000;
const reserved = new Set<number>();

/** What stands behind an image; fails in the service's own words. */
export function imageOf(settings: RunSettings, container: Container): ImageSpec {
  const image = settings.images[container.image];
  if (image === undefined) {
    throw new StartFailure({
      message: `Image '${container.image}' not found.`,
      reason: "CONTAINER_MISSING",
    });
  }
  return image;
}

/** Starts the process of `spec` without waiting for anything. */
export function launchContainer(
  settings: RunSettings,
  { name, container, env }: InstanceSpec,
): Promise<Child> {
  const { command, env: imageEnv } = imageOf(settings, container);
  const [executable, ...args] = command;
  return launch({
    name,
    command: executable,
    args: [...args, ...(container.args ?? [])],
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      ...settings.appEnv,
      ...imageEnv,
      ...env,
    },
    leash: "wrapped",
    logFile: settings.logDir === undefined ? undefined : join(settings.logDir, `${name}.log`),
  });
}

/** Starts an instance and waits for its start-up probe; throws a {@link StartFailure}, and then no process is left. */
export async function startInstance(
  settings: RunSettings,
  spec: InstanceSpec,
  aborted: AbortSignal,
): Promise<Instance> {
  const probe = spec.container.startupProbe ?? {};
  for (let tries = 1; ; tries++) {
    const port = await takePort();
    const child = await launchContainer(settings, {
      ...spec,
      env: { ...spec.env, PORT: String(port) },
    });
    void child.exit.then(() => reserved.delete(port));
    const end = () => void child.kill();
    aborted.addEventListener("abort", end, { once: true });
    try {
      await child.ready(() => passes(probe, port), deadlineMs(settings, probe));
      return {
        port,
        child,
        agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS }),
        inFlight: 0,
      };
    } catch (error) {
      await child.kill();
      if (!aborted.aborted && tries < PORT_TRIES && !(await isFree(port))) continue;
      throw startFailure(settings, spec, probe, error);
    } finally {
      aborted.removeEventListener("abort", end);
    }
  }
}

/** Waits for the requests under way, at most `drainMs`, then asks the process to end and waits for that. */
export async function retireInstance(instance: Instance, drainMs: number): Promise<void> {
  if (instance.inFlight > 0 && instance.child.running) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      instance.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  instance.agent.destroy();
  await instance.child.stop();
}

function deadlineMs(settings: RunSettings, probe: Probe): number {
  const { initialDelaySeconds = 0, failureThreshold = 3, periodSeconds = 10 } = probe;
  const allowed = (initialDelaySeconds + failureThreshold * periodSeconds) * 1000;
  return Math.min(allowed, settings.startupDeadlineMs);
}

// The probe's own period only bounds the wait: asking more often makes the rehearsal quicker and changes nothing else.
async function passes({ httpGet }: Probe, port: number): Promise<boolean> {
  if (httpGet === undefined) return listens(port);
  const response = await fetch(`http://127.0.0.1:${port}${httpGet.path ?? "/"}`, {
    redirect: "manual",
    signal: AbortSignal.timeout(5000),
  });
  await response.arrayBuffer();
  return response.status >= 200 && response.status < 400;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function startFailure(
  { logDir }: RunSettings,
  { name, container }: InstanceSpec,
  probe: Probe,
  cause: unknown,
): StartFailure {
  const port = container.ports?.[0]?.containerPort ?? 8080;
  const what =
    probe.httpGet !== undefined && cause instanceof Error && cause.message.includes("not within")
      ? "The user-provided container failed the configured startup probe checks."
      : `The user-provided container failed to start and listen on the port defined provided by the PORT=${port} environment ` +
        "variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is " +
        "too short. The health check timeout can be extended.";
  const where = logDir === undefined ? "" : `\n\nLogs: ${join(logDir, `${name}.log`)}`;
  return new StartFailure({
    message: `${what} Logs for this revision might contain more information.${where}`,
    revisionReason: "HEALTH_CHECK_CONTAINER_ERROR",
  });
}

async function takePort(): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (reserved.has(port)) continue;
    reserved.add(port);
    if (await isFree(port)) return port;
    reserved.delete(port);
  }
  throw new Error(`no port of 127.0.0.1 from ${PORTS.from} to ${PORTS.to} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
