import type { PlainCredential } from "../../policies/plain-credentials";
import { ConfigurationError } from "../../components/errors";
import type { SecretDeclaration } from "../../components/inventory";
import { ROTATIONS, readRecord, readRecords } from "../../components/records";
import { AT_REST, RotationRecord } from "../../components/rotation";
import { declaredSecrets } from "../../stacks/declared";
import { SYSTEMS } from "../../stacks/inventory";
import { placeOf } from "../../stacks/places";
import { SYSTEMS_SETTING, readSystems } from "../project";
import { StackFile, parseStackFile } from "../record-file";
import { RekeyError } from "../errors";
import { isPlainMap } from "../yaml-text";
import { credentialsIn } from "./plain-settings";
import { References, referencesIn } from "./references";
import type { PlaceOf } from "./writes";

/** A record that breaks the rules, as a finding tells it. */
export interface IllegalRecord {
  readonly secret: string;
  readonly problem: ConfigurationError;
}

/** One side of the comparison: the secrets that a settings file declares, and their records. */
export interface Side {
  readonly environment: string;
  readonly secrets: readonly SecretDeclaration[];
  /** By secret's name; those that break a rule are missing here and listed in `illegal`. */
  readonly records: ReadonlyMap<string, RotationRecord>;
  readonly illegal: readonly IllegalRecord[];
  /** The names that have an entry under `rekey:rotations`. */
  readonly entries: ReadonlySet<string>;
  /** Where a system's store of a kind is, by the settings. */
  readonly placeOf: PlaceOf;
}

/** The head, with what only it is judged for. */
export interface Head extends Side {
  /** Its settings that hold a credential in plain text. */
  readonly plain: readonly PlainCredential[];
  /** Values that stores have and the settings do not. */
  readonly references: References;
}

/**
 * The head: what the working tree says. A record that breaks a rule is a finding, so that one mistake does not hide the others.
 *
 * @throws ConfigurationError (exit 2) for what is no record: the systems, or `rekey:rotations` itself.
 */
export function readHead({ config }: StackFile): Head {
  const systems = readSystems(config[SYSTEMS_SETTING]);
  const secrets = declaredSecrets(systems, environmentOf(config), config);
  const raw = config[ROTATIONS];
  if (raw !== undefined && raw !== null && !isPlainMap(raw)) readRecords(raw, secrets);
  return {
    ...readSide(config, secrets),
    ...unknownNames(config, secrets),
    plain: credentialsIn(config),
    references: referencesIn(config),
  };
}

/**
 * The base, as far as it can be read; undefined where it is no legal settings file. Systems that this version of the project does not
 * know are left out: their declarations are code, and no code of the base is run.
 */
export function readBaseSide(path: string, text: string): Side | undefined {
  let file: StackFile;
  try {
    file = parseStackFile(path, text);
  } catch (error) {
    if (error instanceof RekeyError) return undefined;
    throw error;
  }
  const listed = file.config[SYSTEMS_SETTING];
  const systems = SYSTEMS.filter((system) => Array.isArray(listed) && listed.includes(system));
  const { config } = file;
  return readSide(config, declaredSecrets(systems, environmentOf(config), config));
}

function readSide(config: StackFile["config"], secrets: readonly SecretDeclaration[]): Side {
  const raw = config[ROTATIONS];
  const entries = isPlainMap(raw) ? (raw as Record<string, unknown>) : {};
  const records = new Map<string, RotationRecord>();
  const illegal: IllegalRecord[] = [];
  for (const secret of secrets) {
    try {
      const leader = secrets.find(({ name }) => name === secret.movesWith) ?? secret;
      const entry = Object.hasOwn(entries, leader.name) ? entries[leader.name] : undefined;
      records.set(secret.name, entry === undefined ? AT_REST : readRecord(entry, leader));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      illegal.push({ secret: secret.name, problem: error });
    }
  }
  return {
    environment: environmentOf(config) ?? "unknown",
    secrets,
    records,
    illegal,
    entries: new Set(Object.keys(entries)),
    placeOf: (system, kind) => placeOf(system, kind, config),
  };
}

/** Entries that name no secret; each is told by the reader's own words. */
function unknownNames(
  config: StackFile["config"],
  secrets: readonly SecretDeclaration[],
): Pick<Side, "illegal"> {
  const { illegal, entries } = readSide(config, secrets);
  const unknown = [...entries].filter((name) => !secrets.some((secret) => secret.name === name));
  return {
    illegal: [
      ...illegal,
      ...unknown.map((secret) => ({ secret, problem: refusal(secret, secrets) })),
    ],
  };
}

function refusal(name: string, secrets: readonly SecretDeclaration[]): ConfigurationError {
  try {
    readRecords({ [name]: {} }, secrets);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error(`${name} is a secret's name after all`);
}

function environmentOf(config: StackFile["config"]): string | undefined {
  const environment = config["rekey:environment"];
  return typeof environment === "string" ? environment : undefined;
}
