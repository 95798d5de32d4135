import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { PartialFailure } from "./resource";
import { type Decoded, encode, isRecord, type Path, type Properties } from "./values";

/** A plain refusal with a gRPC status of its own. */
export class ProtocolError extends Error {
  constructor(
    readonly code: grpc.status,
    message: string,
  ) {
    super(message);
    this.name = "ProtocolError";
  }
}

type WireError = Partial<grpc.ServiceError>;

/** The gRPC form of any failure, with every given secret cut out of its message. */
export function toWireError(failure: unknown, secrets: readonly string[]): WireError {
  const message = redact(failure instanceof Error ? failure.message : String(failure), secrets);
  const code = failure instanceof ProtocolError ? failure.code : grpc.status.UNKNOWN;
  return { code, details: message, message };
}

/**
 * The form that tells the engine 'it exists, but not as wanted'. The details travel in the metadata entry
 * that the Go implementation of gRPC reads, as the SDK's own provider server does it.
 */
export function toInitFailure(
  failure: PartialFailure,
  state: Decoded,
  inputs: Decoded,
  secrets: readonly string[],
): WireError {
  const wire = toWireError(failure, secrets);
  const detail = new ErrorResourceInitFailed();
  detail.setId(failure.live.id);
  detail.setProperties(toStruct(encode(state.values, state.secrets)));
  detail.setInputs(toStruct(encode(inputs.values, inputs.secrets)));
  detail.setReasonsList([wire.details ?? ""]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(wire.details ?? "");
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { ...wire, metadata };
}

/** A property bag in protobuf's form. */
export function toStruct(values: Properties): Struct {
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>);
}

/** The strings at the given places, for {@link toWireError}; short ones would blank ordinary words. */
export function secretStrings(values: Properties, paths: readonly Path[]): string[] {
  return paths.flatMap((path) => leaves(at(values, path))).filter((text) => text.length >= 4);
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return isRecord(value) ? Object.values(value).flatMap(leaves) : [];
}

/** The value at a path, or `undefined`. */
export function at(values: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[step as number] as unknown;
    return isRecord(inner) ? inner[step] : undefined;
  }, values);
}

function redact(message: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((left, right) => right.length - left.length)
    .reduce((text, secret) => text.split(secret).join("[secret]"), message);
}
