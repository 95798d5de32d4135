/** The forms of an object: as the server tells it, and as a program would write it. */
import { z } from "zod";
import type { KubernetesObject } from "../../../operator/kubernetes";
import type { Old } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";

/** Written by a deployment's controller, beside the program's own annotations. */
const REVISION = "deployment.kubernetes.io/revision";

/** Set by the program; everything else in the metadata is the server's. */
export const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** What the server tells of an object, without who holds which field. */
export function outputsOf(live: KubernetesObject): Properties {
  const { managedFields, ...rest } = live.metadata as Properties;
  void managedFields;
  return { ...live, metadata: rest };
}

/** What the program would have written to get this: the fields that it wrote, or, for an import, all that are not the server's. */
export function inputsOf(live: KubernetesObject, old: Old | undefined): Properties {
  const { status, ...rest } = live;
  void status;
  const known = metadata.keyof().options as readonly string[];
  const told = Object.entries(live.metadata).filter(([key]) => known.includes(key));
  const all: Properties = { ...rest, metadata: Object.fromEntries(told) };
  if (old === undefined) return imported(all);
  return written(all, old.inputs) as Properties;
}

/** Without what the deployment's controller writes beside the program's own annotations. */
function imported(inputs: Properties): Properties {
  const { annotations, ...rest } = inputs.metadata as { annotations?: Record<string, string> };
  const own = Object.entries(annotations ?? {}).filter(([key]) => key !== REVISION);
  const kept = own.length > 0 ? { annotations: Object.fromEntries(own) } : {};
  return { ...inputs, metadata: { ...rest, ...kept } };
}

function written(live: unknown, model: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(model))
    return live.map((entry, index) => written(entry, model[index] ?? entry));
  if (!isRecord(live) || !isRecord(model)) return live;
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in model)
      .map(([key, entry]) => [key, written(entry, model[key])]),
  );
}
