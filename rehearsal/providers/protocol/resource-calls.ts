import * as grpc from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Activity, recording, type Seen, unary } from "./calls";
import { diff } from "./diff";
import type { EngineLog } from "./engine-log";
import { ProtocolError } from "./errors";
import { check, previewCreate, previewUpdate, read, settle, update } from "./lifecycle";
import type { Context, Provider, Resource } from "./resource";
import { close, differenceResponse, failures, open } from "./responses";

/** What resource calls need beside the provider's declaration. */
export interface Surroundings<Client> {
  log: EngineLog;
  signal: AbortSignal;
  /** The configured client; throws before Configure. */
  client: () => Client;
}

type ResourceCalls = Pick<
  IResourceProviderServer,
  "check" | "diff" | "create" | "read" | "update" | "delete"
>;

/** The six calls that act on resources. */
export function resourceCalls<Client>(
  provider: Provider<Client>,
  activity: Activity,
  surroundings: Surroundings<Client>,
): ResourceCalls {
  const { log, client } = surroundings;
  const resources = new Map(provider.resources.map((resource) => [resource.token, resource]));

  const find = (token: string): Resource<Client> => {
    const resource = resources.get(token);
    if (resource) return resource;
    const known = [...resources.keys()].join(", ");
    const message = `this rehearsal's ${provider.name} provider has no resource ${token}; it has ${known}`;
    throw new ProtocolError(grpc.status.UNIMPLEMENTED, message);
  };
  const context = (
    request: {
      getName(): string;
      getUrn(): string;
      getIgnorechangesList?(): string[];
      getTimeout?(): number;
    },
    seen: Seen,
  ): Context<Client> => ({
    client: client(),
    name: request.getName(),
    ignored: request.getIgnorechangesList?.() ?? [],
    timeoutSeconds: request.getTimeout?.() ?? 0,
    // Read at each call: a server that is attached to anew gets a new one.
    signal: surroundings.signal,
    log: (message) => log.info(request.getUrn(), seen.redact(message)),
  });

  return {
    check: unary(activity, (request: proto.CheckRequest, seen) => {
      const resource = find(request.getType());
      const [olds, news] = [open(request.getOlds()), open(request.getNews())];
      seen.add(resource, olds, news);
      const seed = request.getRandomseed_asU8();
      const { inputs, problems } = check(resource, { olds, news, name: request.getName(), seed });
      const response = new proto.CheckResponse();
      response.setInputs(close(inputs));
      response.setFailuresList(failures(problems));
      return response;
    }),

    diff: unary(activity, (request: proto.DiffRequest) => {
      const resource = find(request.getType());
      const old = open(request.getOldInputs() ?? request.getOlds());
      const state = open(request.getOlds()).values;
      for (const input of resource.comparedToState ?? [])
        if (input in old.values && input in state) old.values[input] = state[input];
      const wanted = open(request.getNews()).values;
      for (const [output, value] of Object.entries(resource.derived?.(wanted) ?? {})) {
        if (!(output in state) || request.getIgnorechangesList().includes(output)) continue;
        old.values[output] = state[output];
        wanted[output] = value;
      }
      const difference = diff(resource, old.values, wanted);
      return differenceResponse(difference, provider.detailedDiffs);
    }),

    create: unary(activity, async (request: proto.CreateRequest, seen) => {
      const resource = find(request.getType());
      const inputs = open(request.getProperties());
      seen.add(resource, inputs);
      const surroundings = context(request, seen);
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(close(previewCreate(resource, inputs, surroundings)));
        return response;
      }
      const live = await recording(resource, inputs, () =>
        resource.create(inputs.values, surroundings),
      );
      await log.flush();
      response.setId(live.id);
      response.setProperties(close(settle(resource, inputs, live.outputs)));
      return response;
    }),

    read: unary(activity, async (request: proto.ReadRequest, seen) => {
      const resource = find(request.getType());
      const [outputs, inputs] = [open(request.getProperties()), open(request.getInputs())];
      seen.add(resource, outputs, inputs);
      const known = request.getInputs() !== undefined || Object.keys(outputs.values).length > 0;
      const old = known ? { inputs, outputs } : undefined;
      const found = await read(resource, request.getId(), old, context(request, seen));
      const response = new proto.ReadResponse();
      // An answer without an id says that the resource is gone.
      if (!found) return response;
      response.setId(found.id);
      response.setProperties(close(found.state));
      response.setInputs(close(found.inputs));
      return response;
    }),

    update: unary(activity, async (request: proto.UpdateRequest, seen) => {
      const resource = find(request.getType());
      const wanted = open(request.getNews());
      const [oldInputs, oldOutputs] = [open(request.getOldInputs()), open(request.getOlds())];
      seen.add(resource, wanted, oldInputs, oldOutputs);
      const old = { inputs: oldInputs.values, outputs: oldOutputs.values };
      const response = new proto.UpdateResponse();
      if (request.getPreview()) {
        const preview = previewUpdate(resource, old, wanted, oldOutputs.secrets);
        response.setProperties(close(preview));
        return response;
      }
      const outputs = await recording(resource, wanted, () =>
        update(resource, request.getId(), old, wanted, context(request, seen)),
      );
      await log.flush();
      response.setProperties(close(settle(resource, wanted, outputs)));
      return response;
    }),

    delete: unary(activity, async (request: proto.DeleteRequest, seen) => {
      const resource = find(request.getType());
      const [inputs, outputs] = [open(request.getOldInputs()), open(request.getProperties())];
      seen.add(resource, inputs, outputs);
      const old = { inputs: inputs.values, outputs: outputs.values };
      await resource.delete(request.getId(), old, context(request, seen));
      await log.flush();
      return new Empty();
    }),
  };
}
