import { SecretDeclaration } from "../components/inventory";
import { Move, RotationRecord } from "../components/rotation";
import { RekeyError } from "./errors";
import { isPossible } from "./moves";

/** Which secrets a command is about: names, or a group or system, or all. */
export interface Selection {
  readonly names: readonly string[];
  readonly group?: string | undefined;
  readonly system?: string | undefined;
  /** A role of people; what it could read. */
  readonly readableBy?: string | undefined;
  readonly all?: boolean | undefined;
}

/**
 * The secrets chosen, in the order of the inventory. `all` means every secret for `stage` and `rotate`, and every secret for which
 * the move is possible for the other moves.
 *
 * @throws RekeyError (exit 2) that lists the names and groups there are.
 */
export function choose(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  move: Move,
  selection: Selection,
): SecretDeclaration[] {
  const { names, group, system, readableBy, all = false } = selection;
  const filtered = group !== undefined || system !== undefined || readableBy !== undefined;
  if (names.length === 0 && !filtered && !all)
    throw RekeyError.usage({ message: "no secret is named", ...whatThereIs(secrets) });
  if ([names.length > 0, filtered, all].filter(Boolean).length > 1)
    throw RekeyError.usage({
      message:
        "secrets are chosen by name, by --group, --system and --readable-by, or by --all; not by two of these",
      ...whatThereIs(secrets),
    });
  if (names.length > 0) return named(secrets, names);
  if (filtered) return filter(secrets, { group, system, readableBy });
  if (move === "stage" || move === "rotate") return [...secrets];
  return possible(secrets, records, move);
}

function named(secrets: readonly SecretDeclaration[], names: readonly string[]) {
  for (const name of names) {
    if (secrets.some((secret) => secret.name === name)) continue;
    const near = nearest(
      name,
      secrets.map((secret) => secret.name),
    );
    const known = whatThereIs(secrets);
    throw RekeyError.usage({
      message: `there is no secret named ${JSON.stringify(name.slice(0, 80))} in the systems of this stack`,
      ...known,
      fix: near === undefined ? known.fix : `did you mean ${near}?`,
    });
  }
  return secrets.filter(({ name }) => names.includes(name));
}

function filter(
  secrets: readonly SecretDeclaration[],
  { group, system, readableBy }: Omit<Selection, "names" | "all">,
): SecretDeclaration[] {
  const found = secrets.filter(
    (secret) =>
      (group === undefined || secret.group === group) &&
      (system === undefined || secret.system === system) &&
      (readableBy === undefined || (secret.readers ?? []).includes(readableBy)),
  );
  if (found.length > 0) return found;
  const wanted = [
    group && `is in group ${group}`,
    system && `is of system ${system}`,
    readableBy && `can be read by ${readableBy}`,
  ];
  throw RekeyError.usage({
    message: `no secret ${wanted.filter(Boolean).join(" and ")}`,
    path: group !== undefined ? "--group" : system !== undefined ? "--system" : "--readable-by",
    ...whatThereIs(secrets),
  });
}

function possible(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  move: Move,
): SecretDeclaration[] {
  const found = secrets.filter((secret) => isPossible(move, secret, records));
  if (found.length > 0) return found;
  throw RekeyError.usage({
    message: `no secret allows ${move} now`,
    path: "--all",
    allowed:
      move === "retire" || move === "rollback"
        ? "secrets with a generation in grace"
        : "secrets with a staged generation",
    fix: "see where each stands: `rekey status`",
  });
}

function whatThereIs(secrets: readonly SecretDeclaration[]): { allowed: string; fix: string } {
  const groups = [...new Set(secrets.map(({ group }) => group))];
  const readers = [...new Set(secrets.flatMap((secret) => secret.readers ?? []))];
  const roles = readers.length > 0 ? `; readers: ${readers.join(", ")}` : "";
  return {
    allowed: `names: ${secrets.map(({ name }) => name).join(", ")}; groups: ${groups.join(", ")}${roles}`,
    fix: "name one or more of them, or take --group <group> or --all",
  };
}

/** The name that takes the fewest edits, if they are few. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((known) => ({ known, edits: distance(name.toUpperCase(), known.toUpperCase()) }))
    .sort((one, other) => one.edits - other.edits);
  const [best] = ranked;
  return best && best.edits <= Math.max(2, best.known.length / 4) ? best.known : undefined;
}

function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++)
      next[to] = Math.min(
        (row[to] ?? 0) + 1,
        (next[to - 1] ?? 0) + 1,
        (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}
