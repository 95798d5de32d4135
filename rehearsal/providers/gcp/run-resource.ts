import type { z } from "zod";
import type { RunKind, RunObject } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Gcp } from "./config";
import { labelOutputs, owned, plannedLabels } from "./labels";
import { commonComputed, commonOutputs, metadata } from "./run-outputs";
import { parseRunId, placeOf, runName, settleRun } from "./run-place";
import { fromApi, toApi } from "./run-shapes";
import { defined, deleting, finding, isAbandoned, projectOf, pruneTo } from "./shared";

/** What tells services and jobs apart. */
export interface RunResourceKind {
  kind: RunKind;
  token: string;
  inputs: z.ZodType;
  /** Inputs that go into the body as they are, but for renamed fields inside. */
  sent: readonly string[];
  /** True where `ports` of a container is one port and no list. */
  singlePort: boolean;
  serverFilled: readonly string[];
  writeOnly?: readonly string[];
  /** The list of environment variables, in which order means nothing. */
  envs: string;
  computed: readonly string[];
  /** Outputs beyond those that both have, from the live object with its fields renamed. */
  outputs(live: Properties): Properties;
}

/** A Cloud Run service or job. Whatever changes is sent as a whole, as the official provider does. */
export function runResource(kind: RunResourceKind): Resource<Gcp> {
  const body = (given: Properties): RunObject =>
    toApi(
      defined(Object.fromEntries(kind.sent.map((field) => [field, given[field]]))),
    ) as RunObject;
  const describe =
    (given: Properties, context: Parameters<typeof projectOf>[1]) =>
    (live: RunObject): Properties => ({
      ...commonOutputs(live, placeOf(given, context), given, context),
      ...kind.outputs(fromApi(live, kind.singlePort) as Properties),
    });

  return {
    token: kind.token,
    inputs: kind.inputs,
    defaults: { deletionPolicy: "DELETE", deletionProtection: true },
    autoName: "name",
    replaceOn: ["location", "name", "project"],
    deleteBeforeReplace: (old, wanted) =>
      old.name === wanted.name && old.location === wanted.location,
    serverFilled: ["client", "clientVersion", "launchStage", "project", ...kind.serverFilled],
    writeOnly: ["deletionPolicy", "deletionProtection", ...(kind.writeOnly ?? [])],
    keyedLists: { [kind.envs]: "name" },
    secretOutputs: labelOutputs,
    harmlessOutputs: labelOutputs,
    computed: [...commonComputed, ...kind.computed],
    planned: (given, context) => ({
      project: projectOf(given, context),
      ...plannedLabels(given, context),
    }),

    async create(given, context) {
      const place = placeOf(given, context);
      const parent = `projects/${place.project}/locations/${place.location}`;
      const wanted = { ...body(given), ...metadata(given, context) };
      const { run } = context.client.google;
      const operation = await run.startCreate(parent, kind.kind, place.name, wanted);
      const name = runName(kind.kind, place);
      const method = `${kind.kind}.create`;
      return settleRun(operation, method, name, context, describe(given, context));
    },

    async read(id, old, context) {
      const place = old
        ? placeOf(old.outputs, context)
        : parseRunId(id, kind.kind, kind.token, context);
      const name = runName(kind.kind, place);
      const live = await finding(() => context.client.google.run.get(name));
      if (!live) return undefined;
      type Map = Record<string, string>;
      const found = defined({
        ...(pruneTo(kind.inputs, fromApi(live, kind.singlePort)) as Properties),
        ...place,
        annotations: owned(live.annotations as Map, old?.inputs.annotations),
        deletionPolicy: "DELETE",
        deletionProtection: true,
        labels: owned(live.labels as Map, old?.inputs.labels),
      });
      return { id: name, inputs: found, outputs: describe(found, context)(live) };
    },

    async update(id, old, wanted, context) {
      const { run } = context.client.google;
      const live = await run.get(id);
      const before = { live, inputs: old.inputs };
      const next = { ...body(wanted), ...metadata(wanted, context, before), name: id };
      const operation = await run.startPatch(id, next);
      const method = `${kind.kind}.patch`;
      const settled = await settleRun(operation, method, id, context, describe(wanted, context));
      return settled.outputs;
    },

    async delete(id, old, context) {
      if (isAbandoned(old.outputs, id, true)) return;
      await deleting(() => context.client.google.run.delete(id));
    },
  };
}
