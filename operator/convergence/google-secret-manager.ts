import { isNotFound, type SecretManager, type SecretVersion } from "../google";
import { googleOfStack } from "../google-of-stack";
import type { KnownResource } from "../recovery/state";
import {
  type HeldVersion,
  type KnownVersion,
  type Reading,
  type Store,
  type StoreEntry,
  generationIn,
  nameOf,
  quoted,
  textOf,
} from "./store";

const SECRET = "gcp:secretmanager/secret:Secret";
const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";

/**
 * Google Secret Manager. A version has a number and no label of its own: which generation it is, the state says; the entry's label
 * `rekey-generation` says which one is in use. Versions older than every known one were there before the stack and are left out.
 */
export const googleSecretManagerStore: Store = {
  kind: "google-secret-manager",
  entries,
  reader(config) {
    const { secretManager } = googleOfStack(config);
    return {
      read: (entry) => read(entry, secretManager),
      undo: ({ at }, { versionId, disabled }) =>
        `\`gcloud secrets versions ${disabled === true ? "enable" : "disable"} ${versionId} --secret=${quoted(at.secretId ?? "")} --project=${quoted(at.project ?? "")}\``,
      close: () => undefined,
    };
  },
};

function entries(resources: readonly KnownResource[]): StoreEntry[] {
  const versions = resources.filter(({ type, id }) => type === VERSION && id !== undefined);
  return resources
    .filter(({ type, id }) => type === SECRET && id !== undefined)
    .flatMap(({ id = "", inputs }) => {
      const parts = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(id);
      const secretId = parts?.[2];
      if (secretId === undefined) return [];
      const project = textOf(inputs, "project") ?? parts?.[1] ?? "";
      const known = versions.filter((one) => textOf(one.inputs, "secret") === id).flatMap(knownOf);
      const at = { resource: id, project, secretId };
      return [
        { kind: "google-secret-manager" as const, name: `${project}/${secretId}`, at, known },
      ];
    });
}

function knownOf(version: KnownResource): KnownVersion[] {
  const generation = generationIn(nameOf(version));
  if (generation === undefined) return [];
  const active = version.protect === true;
  return [{ generation, versionId: numberOf(version.id ?? ""), active }];
}

async function read(
  { at, known }: StoreEntry,
  secretManager: SecretManager,
): Promise<Reading | undefined> {
  const resource = at.resource ?? "";
  const secret = await secretManager.getSecret(resource).catch(undefinedIfGone);
  if (secret === undefined) return undefined;
  const lowest = Math.min(...known.map(({ versionId }) => Number(versionId)));
  const kept = (await secretManager.listVersions(resource)).filter((version) =>
    isKept(version, known, lowest),
  );
  const newest = kept.find(({ state }) => state === "ENABLED")?.name;
  const versions = kept.map(async ({ name, state }): Promise<HeldVersion> => {
    const versionId = numberOf(name);
    const generation = known.find((one) => one.versionId === versionId)?.generation;
    const numbered = { versionId, ...(generation === undefined ? {} : { generation }) };
    if (state !== "ENABLED") return { ...numbered, disabled: true };
    const { value } = await secretManager.accessVersion(`${resource}/versions/${versionId}`);
    return { ...numbered, value, current: name === newest };
  });
  const label = Number(secret.labels?.["rekey-generation"]);
  return {
    versions: await Promise.all(versions),
    ...(Number.isInteger(label) && label > 0 ? { active: label } : {}),
  };
}

/** What the stack has, whatever became of it, and what can be read although the stack never had it. */
function isKept(
  { name, state }: SecretVersion,
  known: readonly KnownVersion[],
  lowest: number,
): boolean {
  if (state === "DESTROYED") return false;
  const number = numberOf(name);
  if (known.some(({ versionId }) => versionId === number)) return true;
  return state === "ENABLED" && Number(number) > lowest;
}

function numberOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function undefinedIfGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
