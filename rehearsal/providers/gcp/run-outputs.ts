import type { RunObject } from "../../../operator/google";
import type { Properties } from "../protocol/values";
import { merged, pulumiLabels } from "./labels";
import type { RunPlace } from "./run-place";
import type { GcpContext } from "./shared";

/** Labels and annotations of the body that is sent. */
export function metadata(
  inputs: Properties,
  context: GcpContext,
  before?: { live: RunObject; inputs: Properties },
): Properties {
  type Map = Record<string, string>;
  const oldLabels = { ...context.client.attribution, ...(before?.inputs.labels as Map) };
  return {
    labels: merged(before?.live.labels as Map, oldLabels, pulumiLabels(inputs, context)),
    annotations: merged(
      before?.live.annotations as Map,
      before?.inputs.annotations as Map,
      inputs.annotations as Map,
    ),
  };
}

/** Outputs that services and jobs have in common. */
export function commonOutputs(
  live: RunObject,
  place: RunPlace,
  inputs: Properties,
  context: GcpContext,
): Properties {
  const texts = ["createTime", "creator", "deleteTime", "etag", "expireTime", "lastModifier"];
  const more = ["observedGeneration", "generation", "uid", "updateTime"];
  return {
    ...Object.fromEntries([...texts, ...more].map((field) => [field, asText(live[field])])),
    conditions: live.conditions ?? [],
    effectiveAnnotations: live.annotations ?? {},
    effectiveLabels: live.labels ?? {},
    launchStage: live.launchStage ?? "GA",
    location: place.location,
    name: place.name,
    project: place.project,
    pulumiLabels: pulumiLabels(inputs, context),
    reconciling: live.reconciling ?? false,
    terminalConditions: live.terminalCondition ? [live.terminalCondition] : [],
  };
}

/** Computed outputs that services and jobs have in common. */
export const commonComputed = [
  "conditions",
  "createTime",
  "creator",
  "deleteTime",
  "effectiveAnnotations",
  "etag",
  "expireTime",
  "generation",
  "lastModifier",
  "launchStage",
  "observedGeneration",
  "reconciling",
  "terminalConditions",
  "uid",
  "updateTime",
] as const;

// 64-bit numbers come as text, small ones as numbers; outputs are text.
function asText(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}
