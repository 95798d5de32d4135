import * as grpc from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Activity, unary } from "./calls";
import { validate } from "./check";
import { diff } from "./diff";
import { EngineLog } from "./engine-log";
import { ProtocolError } from "./errors";
import type { Provider } from "./resource";
import { resourceCalls } from "./resource-calls";
import { close, differenceResponse, failures, open } from "./responses";
import type { Decoded, Properties } from "./values";

// Keys that the engine adds to every provider's configuration.
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "parameterization", "__internal"]);

/**
 * The gRPC service of a provider, on the engine's raw protocol: the SDK's own server can give neither
 * detailed diffs nor previews with unknown outputs.
 */
export function providerService<Client>(
  provider: Provider<Client>,
  activity: Activity,
): Partial<IResourceProviderServer> {
  const owner = `the configuration of provider ${provider.name}`;
  let cancelled = new AbortController();
  const log = new EngineLog();
  let configured: { client: Client } | undefined;
  const client = () => {
    if (configured) return configured.client;
    throw new ProtocolError(grpc.status.FAILED_PRECONDITION, `${owner} was not given yet`);
  };

  return {
    ...resourceCalls(provider, activity, {
      log,
      get signal() {
        return cancelled.signal;
      },
      client,
    }),
    handshake: unary(activity, (request: proto.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      // Without resource references the engine sends the id of a resource, which is what Google takes.
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      return response;
    }),
    attach: unary(activity, () => new Empty()),
    cancel: unary(activity, () => {
      cancelled.abort();
      return new Empty();
    }),
    getPluginInfo: unary(activity, () => {
      const response = new PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    getSchema: unary(activity, () => {
      const { name, version } = provider;
      const resources = Object.fromEntries(provider.resources.map(({ token }) => [token, {}]));
      const response = new proto.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name, version, resources }));
      return response;
    }),
    checkConfig: unary(activity, (request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      const problems = validate(provider.config, settings(open(request.getNews())), owner);
      response.setInputs(request.getNews());
      response.setFailuresList(failures(problems));
      return response;
    }),
    // No setting replaces anything: the resources are where they are, whoever asks.
    diffConfig: unary(activity, (request: proto.DiffRequest) => {
      const [old, wanted] = [open(request.getOldInputs()), open(request.getNews())];
      return differenceResponse(diff({}, settings(old), settings(wanted)));
    }),
    configure: unary(activity, (request: proto.ConfigureRequest) => {
      // An engine cancels as it ends; the next one that attaches to this server begins afresh.
      if (cancelled.signal.aborted) cancelled = new AbortController();
      const values = settings(open(request.getArgs()));
      const [problem] = validate(provider.config, values, owner);
      if (problem) throw new ProtocolError(grpc.status.INVALID_ARGUMENT, problem);
      configured = { client: provider.configure(values) };
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(false);
      response.setAcceptoutputs(false);
      return response;
    }),
    invoke: unary(activity, async (request: proto.InvokeRequest) => {
      const token = request.getTok();
      const called = provider.functions?.find((one) => one.token === token);
      if (!called) {
        const message = `this rehearsal's ${provider.name} provider has no function ${token}`;
        throw new ProtocolError(grpc.status.UNIMPLEMENTED, message);
      }
      const args = settings(open(request.getArgs()));
      const problems = validate(called.args, args, token);
      const response = new proto.InvokeResponse();
      response.setFailuresList(failures(problems));
      if (problems.length > 0) return response;
      response.setReturn(close({ values: await called.call(args, client()), secrets: [] }));
      return response;
    }),
  };
}

function settings(config: Decoded): Properties {
  return Object.fromEntries(Object.entries(config.values).filter(([key]) => !ENGINE_KEYS.has(key)));
}
