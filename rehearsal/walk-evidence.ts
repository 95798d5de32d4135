import type { SecretDeclaration } from "../components/inventory";
import { Holdings, held } from "./systems/system";
import type { Tried } from "./systems/trials";

const RETIRED =
  /^role (\S+) retired: (\d+) connections ended by themselves, (\d+) were ended after (\d+) s$/;

/** What a retirement told of the connections of its user, held against the promise: `busy` connections drain and none is ended. */
export function drained(
  secret: string,
  username: string,
  notes: readonly string[],
  { busy, cut }: { readonly busy: number; readonly cut: number },
): Tried {
  const [told] = notes.flatMap((note) => {
    const [, role, drained, ended, seconds] = RETIRED.exec(note) ?? [];
    return role === username ? [{ drained: Number(drained), ended: Number(ended), seconds }] : [];
  });
  if (!told)
    return { secret, ok: false, evidence: `the update does not say how ${username} drained` };
  const ok = told.drained >= busy && told.ended === 0 && cut === 0;
  return {
    secret,
    ok,
    evidence: `connections of ${username}: ${told.drained} drained, ${told.ended} ended after ${told.seconds} s; of ${busy} that were busy ${cut} were cut`,
  };
}

/** How long connections outlived a credential in an emergency, held against the promise of a second. */
export function cutOff(
  secret: string,
  { connections, afterMs }: { readonly connections: number; readonly afterMs: number },
): Tried {
  const ok = connections > 0 && afterMs <= 1_000;
  return {
    secret,
    ok,
    evidence: `${connections} connections of the exposed user: the last one ended ${afterMs} ms after its password stopped working`,
  };
}

/** Why an emergency replaces a backup's key and retires none. */
export const BACKUPS_KEPT =
  "retirement not applicable: nothing else opens the backups of its time, so it goes by its name only";

/** A refusal held against the promise of a second. */
export function inTime({ secret, ok, evidence }: Tried, afterMs: number): Tried {
  return {
    secret,
    ok: ok && afterMs <= 1_000,
    evidence: `${evidence}, ${Math.round(afterMs)} ms after`,
  };
}

/** Whether two holdings are of the same values and user names. */
export function sameValues(
  secrets: readonly SecretDeclaration[],
  one: Holdings,
  other: Holdings,
): Tried[] {
  return secrets.map(({ name: secret }) => {
    const [before, after] = [held(one, secret), held(other, secret)];
    const ok = before.value.reveal() === after.value.reveal() && before.username === after.username;
    return { secret, ok, evidence: ok ? "the same value as before" : "another value than before" };
  });
}

/**
 * Whether two snapshots of a system are the same, part by part; `what` says the same as what. The first word of a part's name says of what
 * kind it is. Nothing for a system that takes none.
 */
export function sameState(
  secrets: readonly SecretDeclaration[],
  what: string,
  one: ReadonlyMap<string, string> | undefined,
  other: ReadonlyMap<string, string> | undefined,
): Tried[] {
  if (!one || !other) return [];
  const parts = [...new Set([...one.keys(), ...other.keys()])];
  const differing = parts.filter((part) => one.get(part) !== other.get(part));
  const ok = differing.length === 0;
  const kinds = [...new Set(parts.map((part) => `${part.split(" ")[0]}s`))];
  const evidence = ok
    ? `${new Intl.ListFormat("en").format(kinds)} are ${what} (${parts.length} parts)`
    : `not ${what}: ${differing.join(", ")}`;
  return secrets.map(({ name: secret }) => ({ secret, ok, evidence }));
}

/** What the jobs of an activation told of their work, for the secrets that they work for. */
export function jobNotes(secrets: readonly SecretDeclaration[], notes: readonly string[]): Tried[] {
  return secrets.flatMap(({ name: secret, consumers }) => {
    const jobs = consumers.map((one) => one.replace(/^compose-job:/, "job "));
    const told = notes.filter((note) => jobs.some((job) => note.startsWith(`${job}: `)));
    return told.map((evidence) => ({ secret, ok: true, evidence }));
  });
}
