import type { ConfigMap } from "@pulumi/pulumi/automation";
import { EXTERNAL } from "../components/external";
import type { SecretDeclaration } from "../components/inventory";
import { readParts } from "../components/parts";
import { SecretText } from "../components/secret-text";
import { Fingerprints } from "./convergence/fingerprint";
import { mapOf } from "./convergence/store";

/** The setting with what programs use and do not rotate. */
const CREDENTIALS = "rekey:credentials";

/** Parts that name something and open nothing: environments may share them. */
const NAMES_ONLY: readonly string[] = ["id", "clientId", "publishable"];

/** A stack's settings, decrypted, and what is declared of its secrets. */
export interface StackSettings {
  readonly stack: string;
  readonly environment: string;
  readonly config: ConfigMap;
  readonly secrets: readonly SecretDeclaration[];
}

/** A value that a stack's settings hold. */
export interface HeldValue {
  readonly stack: string;
  readonly environment: string;
  /** The setting's path, and the part of the value in brackets where it has parts. */
  readonly setting: string;
  readonly value: SecretText;
}

/** One value in two or more environments: where it stands. */
export interface SharedValue {
  readonly places: readonly Omit<HeldValue, "value">[];
}

/** Every secret value in a stack's settings: what was taken in, and what programs use. Public values are left out. */
export function valuesOf({ stack, environment, config, secrets }: StackSettings): HeldValue[] {
  const held = (setting: string, text: string): HeldValue => ({
    ...{ stack, environment, setting },
    value: new SecretText(text),
  });
  const taken = Object.entries(settingOf(config, EXTERNAL)).flatMap(([name, slots]) => {
    const declared = secrets.find((secret) => secret.name === name);
    if (declared?.public === true) return [];
    return Object.entries(mapOf(slots)).flatMap(([slot, entry]) => {
      const { value } = mapOf(entry);
      if (typeof value !== "string" || value === "") return [];
      const path = `${EXTERNAL}.${name}.${slot}`;
      const read = declared?.parts && readParts(value, declared.parts);
      if (!read || !("parts" in read)) return [held(path, value)];
      return Object.entries(read.parts)
        .filter(([part]) => !NAMES_ONLY.includes(part))
        .map(([part, text]) => held(`${path} (${part})`, text));
    });
  });
  const used = Object.entries(settingOf(config, CREDENTIALS)).flatMap(([name, value]) =>
    typeof value === "string" && value !== "" ? [held(`${CREDENTIALS}.${name}`, value)] : [],
  );
  return [...taken, ...used];
}

/**
 * The values that stand in more than one environment. They are compared in memory, by a fingerprint whose key is made for this call and
 * gone with it: what is printed lets nobody test a guess. Two stacks of one environment may share a value.
 */
export function sharedBetween(values: readonly HeldValue[]): SharedValue[] {
  const fingerprints = new Fingerprints();
  const places = new Map<string, Omit<HeldValue, "value">[]>();
  for (const { value, ...place } of values) {
    const print = fingerprints.of(value);
    places.set(print, [...(places.get(print) ?? []), place]);
  }
  return [...places.values()]
    .filter((found) => new Set(found.map(({ environment }) => environment)).size > 1)
    .map((found) => ({ places: found }));
}

function settingOf(config: ConfigMap, name: string): Readonly<Record<string, unknown>> {
  const text = config[name]?.value;
  return text === undefined || text === "" ? {} : mapOf(JSON.parse(text));
}
