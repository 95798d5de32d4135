import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { detailed, type Difference } from "./diff";
import { toStruct } from "./errors";
import { decode, type Decoded, encode } from "./values";

/** A property bag as it came, taken apart. */
export function open(struct: Struct | undefined): Decoded {
  return decode(struct?.toJavaScript());
}

/** A property bag for the wire, its secrets marked. */
export function close(decoded: Decoded): Struct {
  return toStruct(encode(decoded.values, decoded.secrets));
}

/**
 * Failed checks. No property is named in the field for it: the engine would print that property's value
 * beside the reason, secret or not. The reasons name it instead.
 */
export function failures(problems: readonly string[]): proto.CheckFailure[] {
  return problems.map((problem) => {
    const failure = new proto.CheckFailure();
    failure.setReason(problem);
    return failure;
  });
}

/** A difference, with its detailed form unless that is turned off: `replaceOnChanges` and sharp previews depend on it. */
export function differenceResponse(difference: Difference, isDetailed = true): proto.DiffResponse {
  const { DiffChanges } = proto.DiffResponse;
  const response = new proto.DiffResponse();
  const some = difference.changes.length > 0;
  response.setChanges(some ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  response.setReplacesList(difference.replaces);
  response.setDiffsList(difference.changed);
  response.setDeletebeforereplace(difference.deleteBeforeReplace);
  if (!isDetailed) return response;
  response.setHasdetaileddiff(true);
  for (const [path, kind] of detailed(difference)) {
    const entry = new proto.PropertyDiff();
    entry.setKind(proto.PropertyDiff.Kind[kind as keyof typeof proto.PropertyDiff.Kind]);
    entry.setInputdiff(true);
    response.getDetaileddiffMap().set(path, entry);
  }
  return response;
}
