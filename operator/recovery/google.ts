import { isNotFound } from "../google";
import { Interrupted, KNOWN, NOTHING, Settle, Settled, found, textIn } from "./settled";
import type { KnownResource } from "./state";

/** The type of a version of a secret. */
export const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";
const USER = "gcp:sql/user:User";

/**
 * Google Cloud: versions that nobody knows are disabled, a user that nobody could know is dropped, and what exists under a name of its
 * own becomes a resource of the state.
 */
export const googleCreations: Readonly<Record<string, Settle>> = {
  [VERSION]: disableUnknownVersions,
  [USER]: dropUnusedUser,
  "gcp:secretmanager/secret:Secret": (interrupted) => {
    const { resource, cloud } = interrupted;
    const id = `projects/${textIn(resource, "project")}/secrets/${textIn(resource, "secretId")}`;
    return look(id, interrupted, () => cloud.google().secretManager.getSecret(id));
  },
  "gcp:serviceaccount/account:Account": (interrupted) => {
    const { resource, cloud } = interrupted;
    const project = textIn(resource, "project");
    const email = `${textIn(resource, "accountId")}@${project}.iam.gserviceaccount.com`;
    const id = `projects/${project}/serviceAccounts/${email}`;
    return look(id, interrupted, () => cloud.google().iam.getAccount(id));
  },
  "gcp:cloudrunv2/service:Service": (interrupted) => lookForRun("services", interrupted),
  "gcp:cloudrunv2/job:Job": (interrupted) => lookForRun("jobs", interrupted),
};

function lookForRun(kind: "services" | "jobs", interrupted: Interrupted): Promise<Settled> {
  const { resource, cloud } = interrupted;
  const text = (key: string) => textIn(resource, key);
  const id = `projects/${text("project")}/locations/${text("location")}/${kind}/${text("name")}`;
  return look(id, interrupted, () => cloud.google().run.get(id));
}

/**
 * A version that no state and no setting names, newer than one that an update made, was added by an update that died: no consumer ever got
 * its number. It is disabled, never destroyed. What is older than all of them was there before rekey was.
 */
async function disableUnknownVersions({
  resource,
  state,
  cloud,
  failed,
}: Interrupted): Promise<Settled> {
  // Updates may fail for days, and what a person adds meanwhile may be what everybody lives on.
  if (failed !== undefined) return NOTHING;
  const { secretManager } = cloud.google();
  const secret = textIn(resource, "secret");
  const short = shortSecret(secret);
  const numbers = (versions: readonly { secret: string; number: number }[]) =>
    versions.filter((version) => version.secret === short).map(({ number }) => number);
  const known = numbers(
    state.resources.flatMap(({ type, id }) =>
      type === VERSION && id !== undefined ? [versionOf(id)] : [],
    ),
  );
  const named = numbers(
    [...cloud.external].map((entry) => versionOf(`secrets/${entry.replace("/", "/versions/")}`)),
  );
  const made = known.filter((number) => !named.includes(number));
  const floor = made.length > 0 ? Math.min(...made) : Math.max(0, ...named);
  const found = await secretManager.listVersions(secret, "state:ENABLED").catch(noneIfGone);
  const unknown = found.filter(({ name }) => {
    const { number } = versionOf(name);
    return number > floor && !known.includes(number) && !named.includes(number);
  });
  for (const { name } of unknown) await secretManager.disableVersion(name);
  if (unknown.length > 0)
    return { kind: "cleared", what: `${unknown.length} version(s) of ${short} disabled` };
  return NOTHING;
}

/** Its password was never published, since the store comes after the user. One that the state has under another name may be in use. */
async function dropUnusedUser({ resource, state, cloud, failed }: Interrupted): Promise<Settled> {
  // Nobody tells a user's age.
  if (failed !== undefined) return NOTHING;
  const { sql } = cloud.google();
  const [project, instance, name] = [
    textIn(resource, "project"),
    textIn(resource, "instance"),
    textIn(resource, "name"),
  ];
  const same = ({ type, id, inputs }: KnownResource) =>
    type === USER && id !== undefined && inputs["name"] === name && inputs["instance"] === instance;
  if (state.resources.some(same)) return KNOWN;
  const at = { project, instance };
  if (!(await sql.findUser(at, name))) return NOTHING;
  await sql.deleteUser(at, name);
  return { kind: "cleared", what: `database user ${name} dropped` };
}

async function look(
  id: string,
  interrupted: Interrupted,
  ask: () => Promise<object>,
): Promise<Settled> {
  try {
    const live = await ask();
    const made = "createTime" in live ? live.createTime : undefined;
    return found(id, interrupted, typeof made === "string" ? made : undefined);
  } catch (error) {
    if (isNotFound(error)) return NOTHING;
    throw error;
  }
}

function noneIfGone(error: unknown): [] {
  if (isNotFound(error)) return [];
  throw error;
}

/** `projects/<p>/secrets/<s>/versions/<n>`, by whatever name of the project. */
export function versionOf(name: string): { secret: string; number: number } {
  const [, secret = "", number = "0"] = /secrets\/([^/]+)\/versions\/(\d+)$/.exec(name) ?? [];
  return { secret, number: Number(number) };
}

function shortSecret(secret: string): string {
  return secret.split("/").at(-1) ?? secret;
}
