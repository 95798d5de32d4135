import { type Properties, UNKNOWN } from "../protocol/values";
import type { GcpContext } from "./shared";

type Labels = Record<string, string>;

/** Outputs that stand beside `labels` and `annotations`; the provider marks the first two secret. */
export const labelOutputs = ["effectiveLabels", "pulumiLabels"] as const;

/** The program's labels with the provider's own. */
export function pulumiLabels(inputs: Properties, context: GcpContext): Labels {
  return { ...context.client.attribution, ...(inputs.labels as Labels | undefined) };
}

/** What a preview knows of the label outputs of a resource that is to be created. */
export function plannedLabels(inputs: Properties, context: GcpContext): Properties {
  if (inputs.labels === UNKNOWN) return { pulumiLabels: UNKNOWN, effectiveLabels: UNKNOWN };
  const labels = pulumiLabels(inputs, context);
  return { pulumiLabels: labels, effectiveLabels: labels };
}

/**
 * Labels or annotations to send: what the server has, without what the program no longer declares, with
 * what it declares now. Entries that others made stay, since the provider owns its own keys only.
 */
export function merged(
  live: Labels | undefined,
  before: Labels | undefined,
  now: Labels | undefined,
): Labels {
  const kept = Object.entries(live ?? {}).filter(([key]) => !(key in (before ?? {})));
  return { ...Object.fromEntries(kept), ...now };
}

/** The live value of the keys that the program declares: what a refresh compares. */
export function owned(live: Labels | undefined, declared: unknown): Labels | undefined {
  if (typeof declared !== "object" || declared === null) return undefined;
  return Object.fromEntries(Object.entries(live ?? {}).filter(([key]) => key in declared));
}
