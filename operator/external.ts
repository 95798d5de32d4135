import { randomBytes } from "node:crypto";
import { EXTERNAL, fingerprintOf } from "../components/external";
import { SecretDeclaration } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { RotationRecord, Slot, liveGenerations } from "../components/rotation";
import { Cipher } from "./ciphertext";
import { RekeyError } from "./errors";
import { issuerPageOf } from "./issuers";
import { PlannedMove, emptiedSlots } from "./moves";
import { StackFile } from "./record-file";
import { Plain, PlainMap, isPlainMap } from "./yaml-text";

/** The setting with the key of the fingerprints, encrypted. The next intake makes a new one where it is gone. */
export const FINGERPRINT_KEY = "rekey:fingerprintKey";

/** A value that was taken in for a slot of an externally issued secret. */
export interface Taken {
  readonly secret: SecretDeclaration;
  readonly slot: Slot;
  readonly generation: number;
  readonly value: SecretText;
}

/** The settings that hold external values after an intake or a move. */
export interface ExternalSettings {
  readonly [EXTERNAL]?: Plain | undefined;
  readonly [FINGERPRINT_KEY]?: Plain;
}

/**
 * What `rekey:external` holds, by secret and slot.
 *
 * @throws RekeyError (exit 2) if it is of another kind, or encrypted as a whole.
 */
export function externalOf({ config }: Pick<StackFile, "config">): Record<string, PlainMap> {
  const setting = config[EXTERNAL] ?? {};
  const entries = isPlainMap(setting) ? Object.entries(setting) : [[undefined, setting] as const];
  return Object.fromEntries(
    entries.map(([secret, slots]) => {
      if (secret !== undefined && isPlainMap(slots)) return [secret, slots];
      throw new RekeyError({
        code: "configuration",
        exitCode: 2,
        message: "is no map of slots, or encrypted as a whole",
        path: secret === undefined ? EXTERNAL : `${EXTERNAL}.${secret}`,
        allowed: "for each secret its slots, each with generation, value and fingerprint",
        fix: "remove the entry and take the value in again: `rekey intake <SECRET>`",
      });
    }),
  );
}

/** `rekey:external` without the slots that the moves empty: a retired value does not stay in the configuration. */
export function withoutEmptied(
  file: StackFile,
  planned: readonly PlannedMove[],
): Record<string, PlainMap> {
  const external = externalOf(file);
  for (const { secret, from, to } of planned) {
    const gone = new Set(emptiedSlots(from, to));
    const slots = external[secret.name];
    if (slots === undefined || gone.size === 0) continue;
    external[secret.name] = Object.fromEntries(
      Object.entries(slots).filter(([slot]) => !gone.has(slot)),
    );
  }
  return external;
}

/** The setting for what is left of `rekey:external`; it goes with its last value. */
export function settingOf(external: Readonly<Record<string, PlainMap>>): ExternalSettings {
  const kept = Object.entries(external).filter(([, slots]) => Object.keys(slots).length > 0);
  return { [EXTERNAL]: kept.length === 0 ? undefined : Object.fromEntries(kept) };
}

/** What an intake works on. */
export interface Intake {
  readonly file: StackFile;
  /** What `rekey:external` shall hold besides. */
  readonly external: Readonly<Record<string, PlainMap>>;
  /** The records before the move. */
  readonly records: ReadonlyMap<string, RotationRecord>;
  readonly cipher: Cipher;
  /** Reads the values; called once the secrets provider has opened, so that nobody types a value in vain. */
  readonly take: () => Promise<readonly Taken[]>;
  /** Keeps a value and says what stands for it in the file. Default: the value itself, encrypted. */
  readonly keep?: (one: Taken) => Promise<PlainMap>;
}

/**
 * Puts the taken values into `rekey:external`, each with its generation and keyed fingerprint: encrypted, unless `keep` puts something else in their
 * place. None is kept before all were looked at. Makes the fingerprints' key at the first intake.
 *
 * @throws RekeyError (exit 2) if a value equals one that is live: that would be a rotation without a new value.
 */
export async function settingsWith(intake: Intake): Promise<ExternalSettings> {
  const { file, external, records, cipher, keep = encrypted(cipher) } = intake;
  const { key, encrypted: newKey } = await fingerprintKey(file, cipher);
  const result =
    newKey === undefined ? { ...external } : await fingerprintedAnew(external, key, cipher);
  const taken = await intake.take();
  const printOf = ({ value }: Taken) => fingerprintOf(value.reveal(), key.reveal());
  for (const one of taken)
    await refuseEqual(one, printOf(one), key, result, records.get(one.secret.name), cipher);
  for (const one of taken) {
    const entry = { generation: one.generation, ...(await keep(one)), fingerprint: printOf(one) };
    result[one.secret.name] = sorted({ ...result[one.secret.name], [one.slot]: entry });
  }
  return {
    ...settingOf(result),
    ...(newKey === undefined ? {} : { [FINGERPRINT_KEY]: newKey }),
  };
}

function encrypted(cipher: Cipher): NonNullable<Intake["keep"]> {
  return async ({ value }) => ({ value: { secure: await cipher.encrypt(value) } });
}

async function fingerprintKey(
  { config }: StackFile,
  cipher: Cipher,
): Promise<{ key: SecretText; encrypted?: Plain }> {
  const setting = config[FINGERPRINT_KEY];
  if (isPlainMap(setting) && typeof setting.secure === "string")
    return { key: await cipher.decrypt(setting.secure) };
  if (setting !== undefined)
    throw new RekeyError({
      code: "configuration",
      exitCode: 2,
      message: "the key of the fingerprints is not encrypted",
      path: FINGERPRINT_KEY,
      allowed: "an encrypted setting",
      fix: `remove it with \`pulumi config rm ${FINGERPRINT_KEY}\`: the next intake makes a new one`,
    });
  const key = new SecretText(randomBytes(32).toString("base64url"));
  return { key, encrypted: { secure: await cipher.encrypt(key) } };
}

async function refuseEqual(
  { secret, slot }: Taken,
  fingerprint: string,
  key: SecretText,
  external: Readonly<Record<string, PlainMap>>,
  record: RotationRecord | undefined,
  cipher: Cipher,
): Promise<void> {
  for (const live of record ? liveGenerations(record) : []) {
    const entry = external[secret.name]?.[live.slot];
    if (live.slot === slot || !isPlainMap(entry)) continue;
    const known = await fingerprintOfEntry(entry, key, cipher);
    if (known !== fingerprint) continue;
    const page = issuerPageOf(secret);
    throw new RekeyError({
      code: "same-value",
      exitCode: 2,
      message: `the new value of ${secret.name} is that of generation ${live.generation} (slot ${live.slot}, ${live.state}); nothing was written`,
      path: `${EXTERNAL}.${secret.name}`,
      allowed: "a value that no live generation has",
      fix: `have a new one issued${page === undefined ? "" : ` on ${page}`}, then take that in`,
    });
  }
}

/** A value that was set by hand has no fingerprint beside it; a version of a store says nothing about its value. */
async function fingerprintOfEntry(
  entry: PlainMap,
  key: SecretText,
  cipher: Cipher,
): Promise<string | undefined> {
  if (typeof entry.fingerprint === "string") return entry.fingerprint;
  const value = await valueOf(entry, cipher);
  return value && fingerprintOf(value.reveal(), key.reveal());
}

async function valueOf({ value }: PlainMap, cipher: Cipher): Promise<SecretText | undefined> {
  if (typeof value === "string") return new SecretText(value);
  if (isPlainMap(value) && typeof value.secure === "string") return cipher.decrypt(value.secure);
  return undefined;
}

/** With a new key every fingerprint beside a value is made anew; one beside a store's version cannot be, and goes. */
async function fingerprintedAnew(
  external: Readonly<Record<string, PlainMap>>,
  key: SecretText,
  cipher: Cipher,
): Promise<Record<string, PlainMap>> {
  const result: Record<string, PlainMap> = {};
  for (const [secret, slots] of Object.entries(external)) {
    const entries: Record<string, Plain> = { ...slots };
    for (const [slot, entry] of Object.entries(slots)) {
      if (!isPlainMap(entry)) continue;
      const rest = without(entry, "fingerprint");
      const print = await fingerprintOfEntry(rest, key, cipher);
      entries[slot] = print === undefined ? rest : { ...rest, fingerprint: print };
    }
    result[secret] = entries;
  }
  return result;
}

function without(map: PlainMap, gone: string): PlainMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== gone));
}

function sorted(slots: PlainMap): PlainMap {
  return Object.fromEntries(
    Object.entries(slots).sort(([one], [other]) => one.localeCompare(other)),
  );
}
