import { ROTATIONS } from "../components/records";
import type { RotationRecord } from "../components/rotation";
import { withCipher } from "./ciphertext";
import {
  ExternalSettings,
  Taken,
  externalOf,
  settingOf,
  settingsWith,
  withoutEmptied,
} from "./external";
import type { Validation } from "./issuers/validate";
import { PlannedMove, filledSlot } from "./moves";
import type { OpenProject } from "./project";
import { Changes, withChanges } from "./record-file";
import { TakenIn, TakingOptions, requireUse, takeLate } from "./taking";
import { referenceIn } from "./to-store/reference";
import type { Stored } from "./to-store/stored";
import { targetsOf } from "./to-store/target";
import type { PlainMap } from "./yaml-text";

/** What is to be said of the new values. */
export interface AboutValues {
  readonly validations: readonly Validation[];
  readonly stored: readonly Stored[];
}

/** What moves change in the settings file. */
export interface Edit extends AboutValues {
  readonly changes: Changes;
}

/** How new values come in, and whether anything is written. */
export interface ChangeOptions extends TakingOptions {
  readonly dryRun?: boolean;
}

/**
 * Takes in what new values the moves need, keeps them where they are to be kept, and gives what the settings file has to say then. The file itself
 * is written by the caller, last of all.
 *
 * @param taken new values that were taken in before; unless set, they are asked for here.
 * @throws RekeyError (exit 2) for what is refused, before anything is written anywhere.
 */
export async function changesOf(
  open: OpenProject,
  planned: readonly PlannedMove[],
  options: ChangeOptions,
  taken?: TakenIn,
): Promise<Edit> {
  const records = {
    ...(open.file.config[ROTATIONS] as PlainMap | undefined),
    ...Object.fromEntries(planned.map(({ secret, to }) => [secret.name, plainRecord(to)])),
  };
  const wanting = planned.filter(wantsValue);
  if (taken === undefined) requireUse(wanting.length, options);
  const dry = options.dryRun === true;
  const destinations = destinationsOf(open, wanting, options);
  const external = withoutEmptied(open.file, planned);
  const touched = planned.some(
    ({ secret: { source, takesOver } }) => source === "external" || takesOver === true,
  );
  if (wanting.length === 0 || dry) {
    const settings = touched && hasExternal(open) ? settingOf(external) : {};
    const changes = { config: { [ROTATIONS]: records, ...settings } };
    if (!dry) {
      // What the file's layout refuses is refused before a store is touched.
      withChanges(open.file, changes);
      await release(open, planned);
    }
    return { changes, validations: [], stored: [] };
  }
  const secrets = wanting.map(({ secret }) => secret);
  const take = taken
    ? () => Promise.resolve(taken)
    : await takeLate(secrets, open.file.config, options);
  const stores = destinations.length > 0 ? await openStores(open, destinations) : undefined;
  try {
    return await withCipher(open, open.file, async (cipher) => {
      const { file, records: before } = open;
      const { values, validations } = await take();
      const slots = wanting.map((one) => intoSlot(one, values));
      const intake = {
        file,
        external,
        records: before,
        cipher,
        take: () => Promise.resolve(slots),
      };
      const changes = (settings: ExternalSettings): Changes => ({
        config: { [ROTATIONS]: records, ...settings },
        beside: cipher.beside(),
      });
      const settings = stores
        ? await stores.settings(intake, (foreseen) => withChanges(file, changes(foreseen)))
        : await settingsWith(intake);
      return { changes: changes(settings), validations, stored: stores?.stored ?? [] };
    });
  } finally {
    stores?.close();
  }
}

/** Only moves that empty a slot with a reference open the stack and its clouds. */
async function release(open: OpenProject, planned: readonly PlannedMove[]): Promise<void> {
  if (!planned.some((one) => hasReference(open, one))) return;
  const { releaseWithdrawn } =
    require("./to-store/references") as typeof import("./to-store/references");
  await releaseWithdrawn(open, planned);
}

function openStores(open: OpenProject, destinations: ReturnType<typeof destinationsOf>) {
  const { OpenStores } = require("./to-store/stores") as typeof import("./to-store/stores");
  return OpenStores.open(open, destinations);
}

function hasReference({ file }: OpenProject, { secret: { name } }: PlannedMove): boolean {
  const slots = Object.values(externalOf(file)[name] ?? {});
  return slots.some((entry) => referenceIn(entry) !== undefined);
}

function destinationsOf(
  { file }: OpenProject,
  wanting: readonly PlannedMove[],
  { toStore }: ChangeOptions,
) {
  if (toStore !== true) return [];
  const secrets = wanting.map(({ secret }) => secret);
  return targetsOf(secrets, file.config).map((target, at) => ({
    target,
    generation: (wanting[at] as PlannedMove).to.generation,
  }));
}

function hasExternal({ file }: OpenProject): boolean {
  return Object.keys(externalOf(file)).length > 0;
}

/** Whether a move issues a generation whose value somebody else makes. */
export function wantsValue({ secret, from, to }: PlannedMove): boolean {
  return secret.source === "external" && filledSlot(from, to) !== undefined;
}

function intoSlot({ secret, from, to }: PlannedMove, values: TakenIn["values"]): Taken {
  const value = values.get(secret.name);
  if (value === undefined) throw new Error(`no value of ${secret.name} was taken in`);
  return { secret, slot: filledSlot(from, to) ?? to.active, generation: to.generation, value };
}

function plainRecord(record: RotationRecord): PlainMap {
  const { generation, active, slots, at, reason, by, graceEnds, skipped } = record;
  const said = Object.entries({ at, reason, by, graceEnds, skipped }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { generation, active, slots, ...Object.fromEntries(said) };
}
