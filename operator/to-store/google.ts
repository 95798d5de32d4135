import { type SecretManager, isNotFound } from "../google";
import { quoted } from "../convergence/store";
import { versionOf } from "../recovery/leftovers";
import type { KnownResource } from "../recovery/state";
import { Entry, Unclaimed, knownVersions, noEntry, settingsBehind } from "./entry";
import type { Target } from "./target";

const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";

/**
 * An entry in Google Secret Manager. A version has a number and no label, so what a run that was broken off left there is told by what no state
 * and no settings file names. Consumers pin versions; a reader of `latest` gets what is newest, here as with every staged generation.
 *
 * @param named the versions of this secret that the settings name.
 */
export function googleEntry(
  target: Target,
  project: string,
  resources: readonly KnownResource[],
  named: readonly string[],
  secretManager: SecretManager,
): Entry {
  const name = `projects/${project}/secrets/${target.entry}`;
  const known = () =>
    knownVersions(resources, VERSION, named, (id) => versionOf(id).secret === target.entry);
  return {
    async look(generation): Promise<Unclaimed[]> {
      const entry = await secretManager.getSecret(name).catch(undefinedIfGone);
      if (entry === undefined) throw noEntry(target);
      const { names, generations } = known();
      const label = Number(entry.labels?.["rekey-generation"] ?? 0);
      const held = Math.max(0, ...generations);
      if (held >= generation || label > generation)
        throw settingsBehind(target, generation, Math.max(held, label));
      const enabled = (await secretManager.listVersions(name, "state:ENABLED")).map(
        (one) => versionOf(one.name).number,
      );
      const numbers = names.map((one) => versionOf(one).number);
      const versions = numbers.length === 0 ? enabled.slice(0, 1) : unknown(enabled, numbers);
      return versions.map((number) => ({
        version: `${name}/versions/${number}`,
        left: numbers.length > 0,
      }));
    },

    valueOf: async (version) => (await secretManager.accessVersion(version)).value,

    async put(value) {
      const { number } = versionOf((await secretManager.addVersion(name, value)).name);
      return `${name}/versions/${number}`;
    },

    byHand: (version) =>
      `\`gcloud secrets versions disable ${versionOf(version).number} --secret=${quoted(target.entry)} --project=${quoted(project)}\``,
  };
}

/** What is older than everything that is known was there before the stack was. */
function unknown(enabled: readonly number[], known: readonly number[]): number[] {
  const floor = Math.min(...known);
  return enabled.filter((number) => number > floor && !known.includes(number));
}

/** Disables a version that no state has, never destroys it; calmly where it is gone already. */
export async function disableInGoogle(
  version: string,
  secretManager: SecretManager,
): Promise<void> {
  await secretManager.disableVersion(version).catch(undefinedIfGone);
}

function undefinedIfGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
