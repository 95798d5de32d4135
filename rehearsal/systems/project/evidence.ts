import type { SecretText } from "../../../components/secret-text";
import { asAdministrator } from "../self-hosted/database";
import { Holdings, Stage, WalkedMove, held } from "../system";
import type { Tried } from "../trials";
import { tryAccess } from "./access";
import { DATABASE, ProjectClouds } from "./clouds";
import { urlOf, variablesOf } from "./cluster";
import { NAMES } from "./hold";
import { DOCUMENTS } from "./load";
import { Writes, versionsOf, writesOf } from "./writes";

type WritesOfAll = ReadonlyMap<string, Writes>;

/** What had been written when the load began, and when it was last looked at. */
const began = new WeakMap<ProjectClouds, WritesOfAll>();
const seen = new WeakMap<ProjectClouds, WritesOfAll>();

/** Counts from here on. */
export async function noteWrites(clouds: ProjectClouds): Promise<void> {
  const now = await writes(clouds);
  began.set(clouds, now);
  seen.set(clouds, now);
}

/** What was written since it was last looked at, one line for each secret and store. */
export async function writtenSince(clouds: ProjectClouds): Promise<string[]> {
  return (await latest(clouds))
    .filter(({ written }) => written > 0)
    .map(({ name, store }) => `${name}: the second update wrote to ${store}`);
}

/** Holds what each store was written since it was last looked at against what a move of the secrets named may write: once each, and no other. */
export async function writtenInMove(
  clouds: ProjectClouds,
  move: WalkedMove,
  names: readonly string[],
): Promise<Tried[]> {
  return (await latest(clouds)).flatMap(({ name: secret, store, written }) => {
    const promised = names.includes(secret) ? promisedIn(move, store, secret) : 0;
    if (written === promised && promised === 0) return [];
    const broken = written === promised ? "" : `, where ${promised} are promised`;
    const evidence = `writes to ${store}: ${written}${broken}`;
    return { secret, ok: written === promised, evidence };
  });
}

/** In the cluster an activation makes no object but a list of keys, nor does a roll back: it is a change of the workload. An emergency rotates in one update, which AWS takes as a version and a label, then retires. */
function promisedIn(move: WalkedMove, store: string, secret: string): number {
  if (move === "emergency") return store === "AWS Secrets Manager" ? 3 : 2;
  const workload = move === "activate" || move === "rollback";
  return store === "Kubernetes" && workload && secret !== "ENCRYPTION_KEY" ? 0 : 1;
}

async function latest(clouds: ProjectClouds) {
  const [before, now] = [seen.get(clouds), await writes(clouds)];
  seen.set(clouds, now);
  return NAMES.flatMap((name) =>
    Object.entries(now.get(name) ?? {}).map(([store, count]) => ({
      ...{ name, store },
      written: count - (before?.get(name)?.[store] ?? 0),
    })),
  );
}

async function writes(clouds: ProjectClouds): Promise<WritesOfAll> {
  const found = new Map<string, Writes>();
  for (const name of NAMES) found.set(name, await writesOf(clouds, name));
  return found;
}

/** What each store says of each secret, how often it was written in all, and what must have stayed; throws where that is not as promised. */
export async function evidence(
  { clouds }: Stage<ProjectClouds>,
  _old: Holdings,
  now: Holdings,
): Promise<Record<string, string[]>> {
  const [before, after] = [began.get(clouds), await writes(clouds)];
  const told: Record<string, string[]> = {};
  for (const name of NAMES) {
    const counts = Object.entries(after.get(name) ?? {}).map(
      ([store, count]) => `${store} ${count - (before?.get(name)?.[store] ?? 0)}`,
    );
    told[name] = [...(await versionsOf(clouds, name)), `writes: ${counts.join(", ")}`];
  }
  for (const [name, lines] of Object.entries(await tryAccess(clouds))) told[name]?.push(...lines);
  told["ENCRYPTION_KEY"]?.push(await rowsByKey(clouds));
  told["MEILI_API_KEY"]?.push(await documentsLeft(clouds, held(now, "MEILI_API_KEY").value));
  return told;
}

async function rowsByKey(clouds: ProjectClouds): Promise<string> {
  const { ENCRYPTION_KEY_VERSIONS: keys } = await variablesOf(clouds, "backend");
  const { rows } = await asAdministrator(clouds.postgres, DATABASE, (client) =>
    client.query<{ version: number | null; rows: number }>(
      `SELECT encryption_key_version AS version, count(*)::integer AS rows FROM email_connections GROUP BY 1 ORDER BY 1`,
    ),
  );
  const versions = keys?.reveal().split(",") ?? [];
  if (rows.some(({ version }) => !versions.includes(String(version))))
    throw new Error("rows are left that need a retired encryption key");
  return `rows by key: ${rows.map(({ version, rows: count }) => `v${version}: ${count}`).join(", ")}`;
}

async function documentsLeft(clouds: ProjectClouds, key: SecretText): Promise<string> {
  const headers = { authorization: `Bearer ${key.reveal()}` };
  const answer = await fetch(`${urlOf(clouds, "search")}/stats`, { headers });
  const { indexes } = (await answer.json()) as {
    indexes: { documents: { numberOfDocuments: number } };
  };
  const { numberOfDocuments: found } = indexes.documents;
  if (found !== DOCUMENTS) throw new Error(`search has ${found} of ${DOCUMENTS} documents left`);
  return `search's index has its ${found} documents still`;
}
