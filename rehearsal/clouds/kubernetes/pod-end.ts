/**
 * The end of a pod. In a cluster two controllers that know nothing of each other see that a pod is to go: the kubelet runs the container's
 * `preStop` hook and then sends SIGTERM, and the endpoints controller takes the pod off its services, of which each node learns in its own
 * time. Without a hook that outlasts this, requests reach a process that has stopped listening.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Instance } from "../google/run-instances";
import type { Container, PodSpec } from "./schemas";

/** Until every node has learned that a pod is leaving. A real one takes from a tenth of a second to some. */
export const NODES_LEARN_MS = 1_000;
/** What Kubernetes gives a pod that asks for nothing else. */
const USUAL_GRACE_SECONDS = 30;
/** What the kubelet still gives a container whose hook took all of its time. */
const LEAST_MS = 2_000;

/**
 * Ends a container as the kubelet does: its hook, then SIGTERM, then SIGKILL when the time is up that began with the hook. Where the cluster
 * is halted, the hook is cut short.
 */
export async function endContainer(
  { child }: Instance,
  { containers, terminationGracePeriodSeconds: grace = USUAL_GRACE_SECONDS }: PodSpec,
  halted: AbortSignal,
): Promise<void> {
  const [{ lifecycle }] = containers as [Container];
  const hookMs = Math.min(lifecycle?.preStop?.sleep.seconds ?? 0, grace) * 1000;
  if (hookMs > 0) await Promise.race([rest(hookMs, halted), child.exit]);
  await child.stop(Math.max(grace * 1000 - hookMs, LEAST_MS));
}

/** Waits so long, or until one of the signals. */
export async function rest(ms: number, ...signals: AbortSignal[]): Promise<void> {
  await pause(ms, undefined, { signal: AbortSignal.any(signals) }).catch((error: Error) => {
    if (error.name !== "AbortError") throw error;
  });
}
