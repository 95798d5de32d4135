import {
  GoogleApiError,
  type RunKind,
  type RunObject,
  type RunOperation,
} from "../../../operator/google";
import { type Live, PartialFailure } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import { type GcpContext, parseId, projectOf } from "./shared";

/** Where a service or a job lives. */
export interface RunPlace {
  project: string;
  location: string;
  name: string;
}

/** The full name, which is the id too. */
export function runName(kind: RunKind, { project, location, name }: RunPlace): string {
  return `projects/${project}/locations/${location}/${kind}/${name}`;
}

/** The place that inputs name. */
export function placeOf(inputs: Properties, context: GcpContext): RunPlace {
  const project = projectOf(inputs, context);
  return { project, location: inputs.location as string, name: inputs.name as string };
}

/** The place that an import's id names. */
export function parseRunId(
  id: string,
  kind: RunKind,
  token: string,
  context: GcpContext,
): RunPlace {
  const found = parseId(id, token, [
    {
      pattern: new RegExp(
        `^projects/(?<project>[^/]+)/locations/(?<location>[^/]+)/${kind}/(?<name>[^/]+)$`,
      ),
      form: `projects/<project>/locations/<location>/${kind}/<name>`,
    },
    {
      pattern: /^(?<project>[^/]+)\/(?<location>[^/]+)\/(?<name>[^/]+)$/,
      form: "<project>/<location>/<name>",
    },
    { pattern: /^(?<location>[^/]+)\/(?<name>[^/]+)$/, form: "<location>/<name>" },
  ]);
  return {
    project: found.project ?? context.client.project,
    location: found.location ?? "",
    name: found.name ?? "",
  };
}

/**
 * Waits for a create or a patch. When it ends badly, the thing exists all the same: the failure carries
 * it, so that the state knows it and the next `up` updates it instead of creating it a second time.
 */
export async function settleRun(
  operation: RunOperation,
  method: string,
  name: string,
  context: GcpContext,
  describe: (live: RunObject) => Properties,
): Promise<Live> {
  const { run } = context.client.google;
  try {
    await run.waitFor(operation, method);
  } catch (error) {
    if (!(error instanceof GoogleApiError)) throw error;
    const live = await run.get(name);
    throw new PartialFailure(error.message, { id: name, outputs: describe(live) });
  }
  return { id: name, outputs: describe(await run.get(name)) };
}
