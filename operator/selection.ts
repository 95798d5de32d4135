import { SecretDeclaration, TIERS } from "../components/inventory";
import { Move, RotationRecord } from "../components/rotation";
import { RekeyError } from "./errors";
import { isPossible } from "./moves";

/** Which secrets a command is about: names, or a group, system or tier, or all. */
export interface Selection {
  readonly names: readonly string[];
  readonly group?: string | undefined;
  readonly system?: string | undefined;
  /** A role of people; what it could read. */
  readonly readableBy?: string | undefined;
  /** How much hangs on them, see {@link TIERS}. */
  readonly tier?: string | undefined;
  readonly all?: boolean | undefined;
}

/**
 * The secrets chosen, by tier and within a tier in the order of the inventory. One that moves with another is left out, since that one
 * stands for both; to name it alone is refused. `all` means every secret for `stage` and `rotate`, and every secret for which
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
  const { names, group, system, readableBy, tier, all = false } = selection;
  const filters = { group, system, readableBy, tier };
  const filtered = Object.values(filters).some((one) => one !== undefined);
  if (names.length === 0 && !filtered && !all)
    throw RekeyError.usage({ message: "no secret is named", ...whatThereIs(secrets) });
  if ([names.length > 0, filtered, all].filter(Boolean).length > 1)
    throw RekeyError.usage({
      message:
        "secrets are chosen by name, by --group, --system, --tier and --readable-by, or by --all; not by two of these",
      ...whatThereIs(secrets),
    });
  if (names.length > 0) return byRank(named(secrets, names));
  // The key of earlier backups is retired by its name only: nothing else opens them.
  const spared = (secret: SecretDeclaration) => move === "retire" && secret.class === "backup-key";
  const movable = byRank(
    secrets.filter((secret) => secret.movesWith === undefined && !spared(secret)),
  );
  if (filtered) return filter(secrets, movable, filters);
  if (move === "stage" || move === "rotate") return movable;
  return possible(movable, records, move);
}

/**
 * The secrets chosen for a command that writes records. What a rotation function rotates has none to write: named, it is refused with the
 * command that rotates it; chosen with others it is left out, unless `none` may be (an emergency must not pass over anything).
 *
 * @throws RekeyError (exit 2) as {@link choose} does, and for such a secret.
 */
export function chooseToMove(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  move: Move,
  selection: Selection,
  { leaveOut }: { readonly leaveOut: "some" | "none" },
): SecretDeclaration[] {
  const chosen = choose(secrets, records, move, selection);
  const ours = chosen.filter(({ rotatedByFunction }) => rotatedByFunction === undefined);
  const entries = chosen.flatMap(({ rotatedByFunction: entry }) => entry ?? []);
  const passedOver = leaveOut === "some" && selection.names.length === 0 && ours.length > 0;
  if (entries.length === 0 || passedOver) return ours;
  const names = chosen.filter((one) => !ours.includes(one)).map(({ name }) => name);
  throw RekeyError.usage({
    message: `a function rotates ${names.join(", ")}, so the record cannot: nothing was changed`,
    path: "rekey:project.aws.rotatedByFunction",
    allowed: "secrets that the record rotates",
    fix: entries
      .map((entry) => `\`aws secretsmanager rotate-secret --secret-id ${entry}\``)
      .join(", "),
  });
}

/** Most important first; what has no tier comes last. */
function byRank(secrets: readonly SecretDeclaration[]): SecretDeclaration[] {
  const rank = ({ tier }: SecretDeclaration) =>
    tier === undefined ? TIERS.length : TIERS.indexOf(tier);
  return [...secrets].sort((one, other) => rank(one) - rank(other));
}

function named(secrets: readonly SecretDeclaration[], names: readonly string[]) {
  for (const name of names) {
    const found = secrets.find((secret) => secret.name === name);
    if (found?.movesWith !== undefined && !names.includes(found.movesWith))
      throw RekeyError.usage({
        message: `${name} moves with ${found.movesWith} and has no generations of its own`,
        allowed: `${found.movesWith}, which moves both`,
        fix: `name ${found.movesWith} instead`,
      });
    if (found) continue;
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
  return secrets.filter(({ name, movesWith }) => movesWith === undefined && names.includes(name));
}

function filter(
  secrets: readonly SecretDeclaration[],
  movable: readonly SecretDeclaration[],
  filters: Omit<Selection, "names" | "all">,
): SecretDeclaration[] {
  const { group, system, readableBy, tier } = filters;
  const fits = (secret: SecretDeclaration) =>
    (group === undefined || secret.group === group) &&
    (system === undefined || secret.system === system) &&
    (tier === undefined || secret.tier === tier) &&
    (readableBy === undefined || (secret.readers ?? []).includes(readableBy));
  const found = movable.filter(fits);
  if (found.length > 0) return found;
  const wanted = [
    group && `is in group ${group}`,
    system && `is of system ${system}`,
    tier && `is of tier ${tier}`,
    readableBy && `can be read by ${readableBy}`,
  ];
  const options = { group: "--group", system: "--system", tier: "--tier" } as const;
  const path =
    (["group", "system", "tier"] as const)
      .filter((one) => filters[one] !== undefined)
      .map((one) => options[one])[0] ?? "--readable-by";
  const known = whatThereIs(secrets);
  const leaders = [...new Set(secrets.filter(fits).flatMap(({ movesWith }) => movesWith ?? []))];
  throw RekeyError.usage({
    message: `no secret ${leaders.length > 0 ? "that moves by itself " : ""}${wanted.filter(Boolean).join(" and ")}`,
    path,
    ...known,
    fix: leaders.length > 0 ? `what is there moves with ${leaders.join(" and ")}` : known.fix,
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
  const tiers = TIERS.filter((tier) => secrets.some((secret) => secret.tier === tier));
  const ranks = tiers.length > 0 ? `; tiers: ${tiers.join(", ")}` : "";
  const roles = readers.length > 0 ? `; readers: ${readers.join(", ")}` : "";
  return {
    allowed: `names: ${secrets.map(({ name }) => name).join(", ")}; groups: ${groups.join(", ")}${ranks}${roles}`,
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
