import * as grpc from "@grpc/grpc-js";
import { isDeepStrictEqual } from "node:util";
import { complete, turned, validate } from "./check";
import { diff, project } from "./diff";
import { at, ProtocolError } from "./errors";
import type { Context, Live, Old, Resource } from "./resource";
import { type Decoded, isRecord, type Path, type Properties, UNKNOWN } from "./values";

/** Inputs after Check, or what is wrong with them. */
export function check<Client>(
  resource: Resource<Client>,
  request: { olds: Decoded; news: Decoded; name: string; seed: Uint8Array },
): { inputs: Decoded; problems: string[] } {
  const { olds, news, name, seed } = request;
  const values = complete(resource, news.values, olds.values, name, seed);
  const problems = validate(resource.inputs, values, resource.token);
  return { inputs: turned(resource, { values, secrets: news.secrets }), problems };
}

/** What the engine shows for a resource that a preview would create. */
export function previewCreate<Client>(
  resource: Resource<Client>,
  inputs: Decoded,
  context: Context<Client>,
): Decoded {
  const unknown = Object.fromEntries(resource.computed.map((output) => [output, UNKNOWN]));
  const planned = resource.planned?.(inputs.values, context) ?? {};
  const values = { ...unknown, ...planned, ...inputs.values };
  return { values, secrets: outputSecrets(resource, values, inputs) };
}

/** What the engine shows for a resource that a preview would change in place. */
export function previewUpdate<Client>(
  resource: Resource<Client>,
  old: Old,
  wanted: Decoded,
  oldSecrets: readonly Path[],
): Decoded {
  const { changed } = diff(resource, old.inputs, wanted.values);
  const values = { ...old.outputs };
  for (const input of changed) {
    if (wanted.values[input] === undefined) delete values[input];
  }
  Object.assign(values, wanted.values);
  for (const output of resource.computedOnUpdate?.(changed) ?? []) values[output] = UNKNOWN;
  const secrets = [...oldSecrets.filter((path) => !changed.includes(String(path[0])))];
  return { values, secrets: [...secrets, ...outputSecrets(resource, values, wanted)] };
}

/** The outputs to record after a create or an update: what was asked for, and what the server answered. */
export function settle<Client>(
  resource: Resource<Client>,
  inputs: Decoded,
  outputs: Properties,
): Decoded {
  const values = { ...inputs.values, ...outputs };
  return { values, secrets: outputSecrets(resource, values, inputs) };
}

/** Looks a resource up for a refresh (`old` given) or an import (`old` absent). */
export async function read<Client>(
  resource: Resource<Client>,
  id: string,
  old: { inputs: Decoded; outputs: Decoded } | undefined,
  context: Context<Client>,
): Promise<(Live & { state: Decoded; inputs: Decoded }) | undefined> {
  const before = old && { inputs: old.inputs.values, outputs: old.outputs.values };
  const found = await resource.read(id, before, context);
  if (!found) return undefined;
  const values = old ? project(resource, found.inputs, old.inputs.values) : found.inputs;
  const known: Decoded = old?.inputs ?? { values: {}, secrets: [] };
  const inputs = { values, secrets: outputSecrets(resource, values, known) };
  const state = { ...values, ...found.outputs };
  return {
    ...found,
    inputs,
    state: { values: state, secrets: outputSecrets(resource, state, inputs) },
  };
}

/** Changes a resource in place. */
export async function update<Client>(
  resource: Resource<Client>,
  id: string,
  old: Old,
  wanted: Decoded,
  context: Context<Client>,
): Promise<Properties> {
  if (!resource.update) {
    throw new ProtocolError(
      grpc.status.UNIMPLEMENTED,
      `${resource.token} cannot be changed in place`,
    );
  }
  return resource.update(id, old, wanted.values, context);
}

/**
 * Where `values` must be secret: at the resource's own secret outputs and wherever the inputs were. If
 * a secret input is not found again at its place (a list was reordered), its whole property is secret.
 */
function outputSecrets<Client>(
  resource: Resource<Client>,
  values: Properties,
  inputs: Decoded,
): Path[] {
  const flowing = resource.secretsFlow && inputs.secrets.length > 0 ? resource.computed : [];
  const own = [...(resource.secretOutputs ?? []), ...flowing].filter(
    (output) => values[output] !== undefined,
  );
  const carried = inputs.secrets.map((path): Path => {
    const same = isDeepStrictEqual(at(values, path), at(inputs.values, path));
    return same || path.length === 1 ? path : path.slice(0, 1);
  });
  return [...own.map((output): Path => [output]), ...carried].filter(
    (path, index, all) =>
      (path.length === 0 || isRecord(values)) &&
      all.findIndex((other) => isDeepStrictEqual(other, path)) === index,
  );
}
