/**
 * How values look in the engine's messages where they are no plain JSON: a map with the signature key is a secret or an asset, and some
 * texts stand for what is not known yet. Fixed by Pulumi's wire form (`sdk/go/common/resource/sig` and `plugin/rpc.go` in pulumi/pulumi), the
 * same in every SDK.
 */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** What a secret has under the signature key; the value stands beside it under `value`. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** The text that stands for an unknown one. */
export const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What stands for an unknown value, by its kind: boolean, number, text, list, asset, archive, map. */
export const UNKNOWNS: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  UNKNOWN_TEXT,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
