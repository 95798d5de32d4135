import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
} from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";

/** Packages that the programs here use; all are served by the one fake. */
const PACKAGES = [
  "aws",
  "command",
  "gcp",
  "kubernetes",
  "postgresql",
  "random",
  "tls",
  "vault",
  "example",
];

/** A fake provider of every package, for as long as a test runs. */
export interface FakeProvider {
  /** Tells the engine where it listens. */
  readonly env: Readonly<Record<string, string>>;
  /** True to tell what issuers make in previews already, as if the resources were there. */
  known: boolean;
  /** The URNs of what was really made, not only previewed, in that order. */
  readonly created: string[];
  stop(): void;
}

/**
 * Starts a provider that takes everything for granted: every input is right, every resource is made at once and has its inputs as its
 * outputs, and issuers hand out a value of their own. Previews then run over types of any provider without its plugin.
 *
 * @param schemas by package, for programs in languages that ask for them; such a package gets an address of its own.
 */
export async function startFakeProvider(
  schemas: Readonly<Record<string, object>> = {},
): Promise<FakeProvider> {
  const fake = { known: false, created: [] as string[] };
  const servers: grpc.Server[] = [];
  const serve = async (schema?: object) => {
    const server = new grpc.Server();
    server.addService(ResourceProviderService, service(fake, schema));
    servers.push(server);
    return new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  };
  const others = await serve();
  const ports = PACKAGES.filter((name) => !(name in schemas)).map((name) => `${name}:${others}`);
  for (const [name, schema] of Object.entries(schemas))
    ports.push(`${name}:${await serve(schema)}`);
  return Object.assign(fake, {
    env: { PULUMI_DEBUG_PROVIDERS: ports.join(",") },
    stop: () => servers.forEach((server) => server.forceShutdown()),
  });
}

type Call<Q, S> = (call: { request: Q }, done: (error: null, answer: S) => void) => void;

function answering<Q, S>(answer: (request: Q) => S): Call<Q, S> {
  return (call, done) => done(null, answer(call.request));
}

function service(fake: Pick<FakeProvider, "known" | "created">, schema?: object) {
  const nothing = answering(() => new Empty());
  return {
    attach: nothing,
    cancel: nothing,
    handshake: answering(() => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    getPluginInfo: answering(() => {
      const response = new PluginInfo();
      response.setVersion("1.0.0");
      return response;
    }),
    getSchema: answering(() => {
      const response = new proto.GetSchemaResponse();
      if (schema) response.setSchema(JSON.stringify(schema));
      return response;
    }),
    checkConfig: answering(checked),
    diffConfig: answering(() => new proto.DiffResponse()),
    configure: answering(() => {
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    check: answering(checked),
    diff: answering(() => new proto.DiffResponse()),
    create: answering((request: proto.CreateRequest) => {
      if (!request.getPreview()) fake.created.push(request.getUrn());
      const response = new proto.CreateResponse();
      const made = request.getPreview() && !fake.known ? {} : issued(request.getUrn());
      response.setId(request.getPreview() ? "" : `id-${randomBytes(4).toString("hex")}`);
      response.setProperties(withOutputs(request.getProperties(), made));
      return response;
    }),
    update: answering((request: proto.UpdateRequest) => {
      const response = new proto.UpdateResponse();
      response.setProperties(request.getNews());
      return response;
    }),
    read: answering((request: proto.ReadRequest) => {
      const response = new proto.ReadResponse();
      response.setId(request.getId());
      // What is taken over is there, whatever it is.
      response.setProperties(request.getProperties() ?? new Struct());
      response.setInputs(request.getInputs() ?? new Struct());
      return response;
    }),
    delete: nothing,
    invoke: answering(() => {
      const response = new proto.InvokeResponse();
      response.setReturn(new Struct());
      return response;
    }),
  };
}

function checked(request: proto.CheckRequest): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Begins every value that an issuer here hands out, so that a message which shows one is found. */
export const ISSUED = "canary";

/** What issuers hand out, by type; the same resource gets the same. */
function issued(urn: string): Record<string, string> {
  const value = ISSUED + createHash("sha256").update(urn).digest("base64url");
  const outputs: Readonly<Record<string, Record<string, string>>> = {
    "random:index/randomPassword:RandomPassword": { result: value, bcryptHash: `$2b$12$${value}` },
    "random:index/randomBytes:RandomBytes": {
      base64: value,
      hex: Buffer.from(value).toString("hex"),
    },
    "tls:index/privateKey:PrivateKey": keyPair(urn, value),
    "gcp:serviceaccount/key:Key": {
      privateKey: Buffer.from(
        JSON.stringify({ type: "service_account", private_key: value }),
      ).toString("base64"),
    },
  };
  return outputs[typeOf(urn)] ?? {};
}

/** A pair of P-256 keys, real ones, since programs derive other forms from them; the text before the private one's PEM is read over. */
function keyPair(urn: string, value: string): Record<string, string> {
  const scalar = createHash("sha256").update(`key of ${urn}`).digest();
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const [x, y, d] = [point.subarray(1, 33), point.subarray(33), scalar].map((part) =>
    part.toString("base64url"),
  );
  const jwk = { kty: "EC", crv: "P-256", x: x!, y: y!, d: d! };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  return {
    privateKeyPem: `${value}\n${privateKey.export({ type: "pkcs8", format: "pem" }).toString()}`,
    publicKeyPem: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
  };
}

/** The provider marks what it issued secret, but for public keys: not every language's SDK does. */
function withOutputs(inputs: Struct | undefined, issued: Record<string, string>): Struct {
  const all = inputs?.clone() ?? new Struct();
  const made = Struct.fromJavaScript(
    Object.fromEntries(
      Object.entries(issued).map(([name, value]) => [
        name,
        name.startsWith("public") ? value : { [specialSigKey]: specialSecretSig, value },
      ]),
    ),
  );
  for (const [key, value] of made.getFieldsMap().entries()) all.getFieldsMap().set(key, value);
  return all;
}
