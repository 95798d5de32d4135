import { SecretDeclaration } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { GoogleClient, isNotFound } from "./google";
import { versionOf } from "./recovery/leftovers";

/** What a secret's store holds before it is taken over. */
export interface Found {
  readonly secret: SecretDeclaration;
  /** The entry's name in the store. */
  readonly entry: string;
  /** The newest enabled version, which the consumers of `latest` use; none where the value has to be taken in. */
  readonly version?: number;
  /** Older versions that are enabled: nobody retires them but a person. */
  readonly olderEnabled: readonly number[];
}

const PREFIX = "google-secret-manager:";

/** The entry of a secret in Google Secret Manager, where it has one. */
export function entryOf({ stores }: SecretDeclaration): string | undefined {
  return stores.find((store) => store.startsWith(PREFIX))?.slice(PREFIX.length);
}

/** Looks up what the store holds of a secret. Reads states only, never a value. */
export async function lookUp(
  secret: SecretDeclaration,
  entry: string,
  project: string,
  { secretManager }: GoogleClient,
): Promise<Found> {
  const versions = await secretManager
    .listVersions(`projects/${project}/secrets/${entry}`, "state:ENABLED")
    .catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  const numbers = versions.map(({ name }) => versionOf(name).number).sort((a, b) => b - a);
  const [version, ...olderEnabled] = numbers;
  return { secret, entry, olderEnabled, ...(version === undefined ? {} : { version }) };
}

/** Puts a value into the store, making the entry if it is not there, and gives the version's number. */
export async function putIn(
  entry: string,
  value: SecretText,
  project: string,
  { secretManager }: GoogleClient,
): Promise<number> {
  const name = `projects/${project}/secrets/${entry}`;
  const there = await secretManager.getSecret(name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!there) await secretManager.createSecret(project, entry, { replication: { automatic: {} } });
  return versionOf((await secretManager.addVersion(name, value)).name).number;
}
