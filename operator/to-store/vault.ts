import { INTAKE_FIELD, placeOfIntake } from "../../components/intake-place";
import { SecretText } from "../../components/secret-text";
import { quoted } from "../convergence/store";
import type { KnownResource } from "../recovery/state";
import { type VaultClient, readKv, readKvMetadata } from "../vault";
import { Entry, knownVersions, settingsBehind } from "./entry";
import type { Target } from "./target";

const SECRET = "vault:kv/secretV2:SecretV2";

/** A generation that was taken in. */
interface Held {
  readonly generation: number;
  readonly path: string;
  /** Deleted, by an update after its retirement or by a person. */
  readonly gone: boolean;
}

/**
 * Where Vault takes values in: a path a generation below the intake entry of the secret, which nobody reads but the program. A path is written once
 * (check-and-set 0), so that two people never write over each other, and tells by its name whose generation it is.
 *
 * @param named the paths of this secret that the settings name.
 */
export function vaultIntake(
  target: Target,
  mount: string,
  resources: readonly KnownResource[],
  named: readonly string[],
  client: VaultClient,
): Entry {
  const entry = target.entry.slice(mount.length + 1);
  const referenceTo = (path: string) => `${mount}/data/${path}`;
  const pathOf = (reference: string) => reference.slice(referenceTo("").length);
  let gone: readonly Held[] = [];
  return {
    async look(generation) {
      const all = await heldAt(entry, mount, client);
      const { names } = knownVersions(resources, SECRET, named, () => true);
      const isKnown = ({ path }: Held) => names.includes(referenceTo(path));
      // One that is in use and was deleted by mistake can be brought back.
      gone = all.filter((one) => one.gone && !isKnown(one));
      const held = all.filter((one) => !one.gone);
      const taken = held.find(
        (one) => one.generation > generation || (one.generation === generation && isKnown(one)),
      );
      if (taken) throw settingsBehind(target, generation, taken.generation);
      return held
        .filter((one) => !isKnown(one))
        .map((one) => ({
          version: referenceTo(one.path),
          generation: one.generation,
          left: true,
        }));
    },

    async has(version) {
      return (await readKvMetadata(client, mount, pathOf(version)))?.gone === false;
    },

    async valueOf(version) {
      const found = await readKv(client, mount, pathOf(version));
      return found?.data[INTAKE_FIELD] ?? new SecretText("");
    },

    async put(value, generation) {
      // What is deleted could be brought back until its path is gone.
      for (const { path } of gone) await client.delete(`${mount}/metadata/${path}`);
      const reference = referenceTo(`${entry}/g${generation}`);
      const data = { [INTAKE_FIELD]: value.reveal(), generation: String(generation) };
      await client.write(reference, { data, options: { cas: 0 } });
      return reference;
    },

    byHand: (version) =>
      `\`vault kv metadata delete -mount=${quoted(mount)} ${quoted(pathOf(version))}\``,
  };
}

async function heldAt(entry: string, mount: string, client: VaultClient): Promise<Held[]> {
  const held: Held[] = [];
  for (const key of await client.list(`${mount}/metadata/${entry}`)) {
    const generation = Number(/^g([1-9]\d*)$/.exec(key)?.[1]);
    if (Number.isNaN(generation)) continue;
    const path = `${entry}/${key}`;
    const metadata = await readKvMetadata(client, mount, path);
    if (metadata) held.push({ generation, path, gone: metadata.gone });
  }
  return held;
}

/** Deletes a path that no state has, with all that ever was in it; calmly where it is gone already. */
export async function deleteInVault(reference: string, client: VaultClient): Promise<void> {
  const place = placeOfIntake(reference);
  if (place?.store !== "vault-kv") throw new Error("this refers to no path of Vault");
  await client.delete(`${place.mount}/metadata/${place.path}`);
}
