import { GoogleClient, isNotFound } from "../google";
import { KnownResource, KnownState } from "./state";

/** What became of a creation that nobody saw end. */
export type Settled =
  /** Nothing is there, or what is there is made again calmly: strike the operation. */
  | { readonly kind: "nothing" }
  /** It exists: the state learns its id, so that the next update does not make a second one. */
  | { readonly kind: "exists"; readonly id: string }
  /** It existed and nobody could ever have used it: it was cleared away. */
  | { readonly kind: "cleared"; readonly what: string };

const NOTHING: Settled = { kind: "nothing" };

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
  switch (resource.type) {
    case "gcp:secretmanager/secretVersion:SecretVersion":
      return disableUnknownVersions(text("secret"), state, google, external);
    case "gcp:sql/user:User":
      return dropUnusedUser(text("instance"), project, text("name"), google);
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
 * A version that is newer than every known one and that no state and no setting names was added by the update that died: no consumer
 * ever got its number. It is disabled, never destroyed.
 */
async function disableUnknownVersions(
  secret: string,
  state: KnownState,
  google: GoogleClient,
  external: ReadonlySet<string>,
): Promise<Settled> {
  const known = state.resources
    .filter(({ type, id }) => type === "gcp:secretmanager/secretVersion:SecretVersion" && id)
    .map(({ id }) => versionOf(id ?? ""))
    .filter((version) => version.secret === shortSecret(secret))
    .map(({ number }) => number);
  const named = [...external]
    .map((entry) => entry.split("/"))
    .filter(([name]) => name === shortSecret(secret))
    .map(([, number]) => Number(number));
  const newest = Math.max(0, ...known, ...named);
  const found = await google.secretManager.listVersions(secret, "state:ENABLED").catch(noneIfGone);
  const unknown = found.filter(({ name }) => {
    const version = versionOf(name);
    return version.number > newest && !external.has(`${version.secret}/${version.number}`);
  });
  for (const { name } of unknown) await google.secretManager.disableVersion(name);
  return unknown.length === 0
    ? NOTHING
    : { kind: "cleared", what: `${unknown.length} version(s) of ${shortSecret(secret)} disabled` };
}

/** Its password was never published, since the store comes after the user. */
async function dropUnusedUser(
  instance: string,
  project: string,
  name: string,
  google: GoogleClient,
): Promise<Settled> {
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
