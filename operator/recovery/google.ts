import { GoogleClient, isNotFound } from "../google";
import { KnownResource, KnownState, madeSince } from "./state";

/** What became of a creation that nobody saw end. */
export type Settled =
  /** Nothing is there, or what is there is made again calmly: strike the operation. */
  | { readonly kind: "nothing" }
  /** A later update made it, and the state has it: it may be in use by now. Strike the operation and touch nothing. */
  | { readonly kind: "known" }
  /** It exists: the state learns its id, so that the next update does not make a second one. */
  | { readonly kind: "exists"; readonly id: string }
  /** It existed and nobody could ever have used it: it was cleared away. */
  | { readonly kind: "cleared"; readonly what: string };

const NOTHING: Settled = { kind: "nothing" };
const KNOWN: Settled = { kind: "known" };

const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";
const USER = "gcp:sql/user:User";

/** Looks in the cloud for what an interrupted creation of `resource` left, and settles it without touching anything that is in use. */
export async function settle(
  resource: KnownResource,
  state: KnownState,
  google: GoogleClient,
  external: ReadonlySet<string>,
): Promise<Settled> {
  const text = (key: string) => {
    const value = resource.inputs[key];
    return typeof value === "string" ? value : "";
  };
  const project = text("project");
  // Whatever was made since: the interrupted call may have left another version beside it.
  if (resource.type === VERSION)
    return disableUnknownVersions(text("secret"), state, google, external);
  if (madeSince(resource, state)) return KNOWN;
  switch (resource.type) {
    case USER:
      return dropUnusedUser(resource, state, google);
    case "gcp:secretmanager/secret:Secret":
      return exists(`projects/${project}/secrets/${text("secretId")}`, (id) =>
        google.secretManager.getSecret(id),
      );
    case "gcp:serviceaccount/account:Account":
      return exists(
        `projects/${project}/serviceAccounts/${text("accountId")}@${project}.iam.gserviceaccount.com`,
        (id) => google.iam.getAccount(id),
      );
    case "gcp:cloudrunv2/service:Service":
      return exists(
        `projects/${project}/locations/${text("location")}/services/${text("name")}`,
        (id) => google.run.get(id),
      );
    case "gcp:cloudrunv2/job:Job":
      return exists(
        `projects/${project}/locations/${text("location")}/jobs/${text("name")}`,
        (id) => google.run.get(id),
      );
    default:
      return NOTHING;
  }
}

/**
 * A version that no state and no setting names, newer than one that an update made, was added by an update that died: no consumer ever got
 * its number. It is disabled, never destroyed. What is older than all of them was there before rekey was.
 */
async function disableUnknownVersions(
  secret: string,
  state: KnownState,
  google: GoogleClient,
  external: ReadonlySet<string>,
): Promise<Settled> {
  const short = shortSecret(secret);
  const numbers = (versions: readonly { secret: string; number: number }[]) =>
    versions.filter((version) => version.secret === short).map(({ number }) => number);
  const known = numbers(
    state.resources.flatMap(({ type, id }) =>
      type === VERSION && id !== undefined ? [versionOf(id)] : [],
    ),
  );
  const named = numbers(
    [...external].map((entry) => versionOf(`secrets/${entry.replace("/", "/versions/")}`)),
  );
  const made = known.filter((number) => !named.includes(number));
  const floor = made.length > 0 ? Math.min(...made) : Math.max(0, ...named);
  const found = await google.secretManager.listVersions(secret, "state:ENABLED").catch(noneIfGone);
  const unknown = found.filter(({ name }) => {
    const { number } = versionOf(name);
    return number > floor && !known.includes(number) && !named.includes(number);
  });
  for (const { name } of unknown) await google.secretManager.disableVersion(name);
  if (unknown.length > 0)
    return { kind: "cleared", what: `${unknown.length} version(s) of ${short} disabled` };
  return NOTHING;
}

/** Its password was never published, since the store comes after the user. One that the state has under another name may be in use. */
async function dropUnusedUser(
  { inputs: wanted }: KnownResource,
  state: KnownState,
  google: GoogleClient,
): Promise<Settled> {
  const [project, instance, name] = [wanted["project"], wanted["instance"], wanted["name"]].map(
    String,
  ) as [string, string, string];
  const same = ({ type, id, inputs }: KnownResource) =>
    type === USER && id !== undefined && inputs["name"] === name && inputs["instance"] === instance;
  if (state.resources.some(same)) return KNOWN;
  const at = { project, instance };
  if (!(await google.sql.findUser(at, name))) return NOTHING;
  await google.sql.deleteUser(at, name);
  return { kind: "cleared", what: `database user ${name} dropped` };
}

async function exists(id: string, look: (id: string) => Promise<unknown>): Promise<Settled> {
  try {
    await look(id);
    return { kind: "exists", id };
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
