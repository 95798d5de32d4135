import { isPlainMap } from "../yaml-text";

/** What a slot of `rekey:external` refers to: the store's version that consumers read, or where the value was taken in; undefined for a value. */
export function referenceIn(entry: unknown): string | undefined {
  const { version, intake } = isPlainMap(entry) ? entry : {};
  const reference = version ?? intake;
  return typeof reference === "string" ? reference : undefined;
}
