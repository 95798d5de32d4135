/** Pages of list answers, and the small part of Google's list filters that the stacks use. */
import { invalid } from "./errors";

/** One page of `items`. Throws 400 for a page size or token that the service did not give. */
export function page<T>(
  items: readonly T[],
  query: Readonly<Record<string, string>>,
  defaultSize: number,
): { items: T[]; nextPageToken?: string } {
  const size = Number(query["pageSize"] ?? defaultSize) || defaultSize;
  if (!Number.isInteger(size) || size < 0)
    throw invalid("Invalid page size: it must not be negative.");
  const token = query["pageToken"] ?? "";
  const start = token === "" ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(start) || start < 0) throw invalid("Invalid page token.");
  const end = start + size;
  const rest =
    end < items.length ? { nextPageToken: Buffer.from(String(end)).toString("base64url") } : {};
  return { items: items.slice(start, end), ...rest };
}

/**
 * A list filter: terms `field:value`, `field=value`, `NOT …`, `field:(A OR B)`, joined by `AND`. `read` gives the text of a field,
 * `undefined` for one that the kind of resource does not have, which is answered with 400.
 */
export function matches(
  filter: string | undefined,
  read: (field: string) => string | undefined,
): boolean {
  if (filter === undefined || filter.trim() === "") return true;
  return filter.split(/\s+AND\s+/).every((term) => {
    const found = /^(NOT\s+|-)?([\w.-]+)\s*([:=])\s*(?:\(([^)]*)\)|("[^"]*"|[^\s()]+))$/.exec(
      term.trim(),
    );
    const field = found?.[2];
    const text = field === undefined ? undefined : read(field);
    if (!found || text === undefined) {
      throw invalid(`Invalid filter: the fake of Google Cloud does not know the term '${term}'.`);
    }
    const wanted = (found[4]?.split(/\s+OR\s+/) ?? [found[5] ?? ""]).map((value) =>
      value.trim().replace(/^"|"$/g, ""),
    );
    const hit = wanted.some((value) =>
      found[3] === "=" ? text === value : text.toLowerCase().includes(value.toLowerCase()),
    );
    return hit !== (found[1] !== undefined);
  });
}
