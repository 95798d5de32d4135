import type { SecretText } from "../../components/secret-text";
import { RekeyError } from "../errors";
import type { KnownResource } from "../recovery/state";
import { generationIn, nameOf } from "../convergence/store";
import type { Target } from "./target";

/** A version that the store holds and that neither the stack's state nor its settings know. */
export interface Unclaimed {
  /** As `rekey:external` names it. */
  readonly version: string;
  /** Whose it was to be, where the store says so. */
  readonly generation?: number;
  /** True where nobody but a run that was broken off can have put it there, or a person past rekey; false for what was there before rekey was. */
  readonly left: boolean;
}

/** A secret's entry in a store, as far as a new value goes there past the program. */
export interface Entry {
  /**
   * Looks at the entry before anybody is asked for a value. Reads labels and states, no value. Gives what is there and unknown: of this generation, which
   * may be used, and of older ones, which only can be told.
   *
   * @throws RekeyError (exit 2) where there is no entry yet, or where it is at this generation or a later one already.
   */
  look(generation: number): Promise<readonly Unclaimed[]>;
  /** Whether a version that the settings name can be read still. Reads no value. */
  has?(version: string): Promise<boolean>;
  valueOf(version: string): Promise<SecretText>;
  /** Adds the value as a version of its own, and gives the version's name. What readers get by default stays as it is where the store knows that. */
  put(value: SecretText, generation: number): Promise<string>;
  /** What a person runs to take a version out of use, in backquotes. */
  byHand(version: string, generation: number): string;
}

/** What an update knows of the versions at a secret's entry. */
export interface KnownVersions {
  /** From the state and from the settings, as each names them. */
  readonly names: readonly string[];
  /** The generations that the state has a version of. */
  readonly generations: readonly number[];
}

/** What the state has among the versions that `isOwn` picks by their id, and what the settings name. */
export function knownVersions(
  resources: readonly KnownResource[],
  type: string,
  named: readonly string[],
  isOwn: (id: string) => boolean,
): KnownVersions {
  const own = resources.filter((one) => one.type === type && isOwn(one.id ?? ""));
  return {
    names: [...own.map(({ id }) => id ?? ""), ...named],
    generations: own.flatMap((one) => generationIn(nameOf(one)) ?? []),
  };
}

/** There is nothing to put a version into. */
export function noEntry({ secret: { name }, store }: Target): RekeyError {
  return new RekeyError({
    code: "no-entry",
    exitCode: 2,
    message: `${store} does not exist yet: the stack's first update makes it; nothing was written`,
    path: "--to-store",
    allowed: "a store's entry that an update of the stack made",
    fix: `\`rekey up\` first; where that needs a first value of ${name}: \`rekey adopt ${name}\`, which makes the entry and puts it there`,
  });
}

/** The store has what the settings are only about to make: somebody else's is the newer record. */
export function settingsBehind(
  { secret, store }: Target,
  generation: number,
  held: number,
): RekeyError {
  return new RekeyError({
    code: "settings-behind",
    exitCode: 2,
    message: `${store} is at generation ${held} already, and this would be generation ${generation}; nothing was written`,
    path: `rekey:rotations.${secret.name}`,
    allowed: "the record that the stack was updated with last",
    fix: "take the newer Pulumi.<stack>.yaml (`git pull`), then run the command again",
  });
}
