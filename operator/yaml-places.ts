import { Node, Pair, Scalar, isMap, isPair, isScalar, isSeq } from "yaml";

/** A pair's key as it is written. */
export function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? (pair.key.source ?? pair.key.value) : pair.key);
}

/** Whether a value is an empty map or nothing at all. */
export function isEmpty(node: Node): boolean {
  return (isMap(node) && node.items.length === 0) || (isScalar(node) && node.value === null);
}

/** Where a pair begins: at its key. */
export function startOf(pair: Pair): number {
  return (pair.key as Scalar).range?.[0] ?? 0;
}

/** Behind the colon of a pair's key. */
export function endOfKey(text: string, pair: Pair): number {
  const end = (pair.key as Scalar).range?.[1] ?? 0;
  const colon = text.indexOf(":", end);
  return colon === -1 ? end : colon + 1;
}

/** Where the last thing that belongs to the pair ends; a block's own range runs on to what follows it. */
export function endOf(pair: Pair): number {
  const value = pair.value as Node | null;
  const last = isMap(value) && !value.flow ? value.items[value.items.length - 1] : undefined;
  if (last) return endOf(last);
  if (isSeq(value) && !value.flow) {
    const item = value.items[value.items.length - 1] as Node | Pair | undefined;
    if (isMap(item) && !item.flow && item.items.length > 0)
      return endOf(item.items[item.items.length - 1] as Pair);
    if (item && !isPair(item)) return item.range?.[1] ?? 0;
  }
  return value?.range?.[1] ?? (pair.key as Scalar).range?.[1] ?? 0;
}
