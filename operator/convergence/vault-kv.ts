import { SecretText } from "../../components/secret-text";
import type { KnownResource } from "../recovery/state";
import { type KvSecret, type VaultClient, readKv } from "../vault";
import { vaultOfStack } from "../vault-of-stack";
import {
  type HeldVersion,
  type KnownVersion,
  type Reading,
  type Store,
  type StoreEntry,
  mapOf,
  nameOf,
  quoted,
  textOf,
} from "./store";

const COMPONENT = "rekey:index:VaultKv";
const SECRET = "vault:kv/secretV2:SecretV2";

/**
 * Vault KV v2. One version holds everything: `value` and `generation` in use, `value_a`, `generation_a` and so on those accepted. What
 * somebody wrote past the program is a newer version than the state's, unless it holds the same as that one, as after a roll back by hand.
 */
export const vaultKvStore: Store = {
  kind: "vault-kv",
  entries,
  reader(config) {
    const client = vaultOfStack(config);
    return {
      read: (entry) => read(entry, client),
      undo: ({ at, known }) =>
        `\`vault kv rollback -mount=${quoted(at.mount ?? "")} -version=${known[0]?.versionId ?? "<version>"} ${quoted(at.path ?? "")}\``,
      close: () => client.close(),
    };
  },
};

function entries(resources: readonly KnownResource[]): StoreEntry[] {
  const written = writtenEntries(resources);
  const taken = new Set(written.map(({ name }) => name));
  return [...written, ...foundEntries(resources).filter(({ name }) => !taken.has(name))];
}

/** What was adopted and not yet rotated is in no resource of its own: the component's outputs say where it is. */
function foundEntries(resources: readonly KnownResource[]): StoreEntry[] {
  return resources
    .filter(({ type }) => type === COMPONENT)
    .flatMap(({ outputs }) => {
      const [, mount, path] = /^(.+?)\/data\/(.+)$/.exec(textOf(outputs, "dataPath") ?? "") ?? [];
      if (mount === undefined || path === undefined) return [];
      const version = textOf(outputs, "version");
      const known: KnownVersion = {
        generation: 1,
        ...(version === undefined ? {} : { versionId: version }),
        active: true,
      };
      return [{ kind: "vault-kv", name: `${mount}/${path}`, at: { mount, path }, known: [known] }];
    });
}

/** Where values are taken in is no store of the secret: nobody reads there but the program. */
function isIntake(resource: KnownResource): boolean {
  return /-intake-g\d+$/.test(nameOf(resource));
}

function writtenEntries(resources: readonly KnownResource[]): StoreEntry[] {
  return resources
    .filter((one) => one.type === SECRET && !isIntake(one))
    .flatMap(({ inputs, outputs, protect }) => {
      const [mount, path] = [textOf(inputs, "mount"), textOf(inputs, "name")];
      if (mount === undefined || path === undefined) return [];
      const entry = { kind: "vault-kv" as const, name: `${mount}/${path}`, at: { mount, path } };
      const metadata = mapOf(mapOf(inputs.customMetadata).data);
      const active = Number(metadata["rekey-generation"]);
      if (!Number.isInteger(active))
        return [
          { ...entry, known: [], notAsked: "the path holds several secrets, or none of ours" },
        ];
      const version = textOf(mapOf(outputs.metadata), "version");
      const live = textOf(metadata, "rekey-live") ?? `a:${active}`;
      const known = [...live.matchAll(/\b[a-h]:([1-9]\d{0,6})\b/g)].map(
        ([, number]): KnownVersion => ({
          generation: Number(number),
          ...(version === undefined ? {} : { versionId: version }),
          active: Number(number) === active && protect === true,
        }),
      );
      return [{ ...entry, known }];
    });
}

async function read({ at, known }: StoreEntry, client: VaultClient): Promise<Reading | undefined> {
  const [mount, path] = [at.mount ?? "", at.path ?? ""];
  const newest = await readKv(client, mount, path);
  if (newest === undefined) return undefined;
  const expected = known[0]?.versionId;
  const same =
    expected === undefined ||
    expected === String(newest.version) ||
    isSame(newest, await readKv(client, mount, path, Number(expected)));
  const versionId = same && expected !== undefined ? expected : String(newest.version);
  // What was adopted does not say which generation it is.
  const found = same ? known.find((one) => one.active)?.generation : undefined;
  const active = generationOf(newest, "") ?? found;
  return {
    versions: heldIn(newest, versionId, active),
    ...(active === undefined ? {} : { active }),
  };
}

function heldIn(secret: KvSecret, versionId: string, active: number | undefined): HeldVersion[] {
  const slots = Object.keys(secret.data).flatMap(
    (key) => /^generation(_[a-h])$/.exec(key)?.[1] ?? [],
  );
  return ["", ...slots].map((suffix) => {
    const generation = suffix === "" ? active : generationOf(secret, suffix);
    const value = secret.data[`value${suffix}`] ?? (suffix === "" ? whole(secret) : undefined);
    return {
      versionId,
      ...(generation === undefined ? {} : { generation }),
      ...(value === undefined ? {} : { value }),
      current: suffix === "",
    };
  });
}

function generationOf({ data }: KvSecret, suffix: string): number | undefined {
  const number = Number(data[`generation${suffix}`]?.reveal());
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** What somebody wrote in another form still has a fingerprint. */
function whole({ data }: KvSecret): SecretText {
  const fields = Object.entries(data).map(([key, text]) => [key, text.reveal()]);
  return new SecretText(JSON.stringify(fields.sort()));
}

function isSame(one: KvSecret, other: KvSecret | undefined): boolean {
  return other !== undefined && whole(one).reveal() === whole(other).reveal();
}
