import { SecretGeneration } from "../generations";

/** Pins the version that the program declared while a rotation function makes the later ones: the service prunes what has no label. */
export const DECLARED_LABEL = "rekey-declared";

const GENERATION = /^rekey-g([1-9]\d*)$/;

/** Our own label of a generation's version: `rekey-g5`. */
export function generationLabel(generation: number): string {
  return `rekey-g${generation}`;
}

/** The generation that a version's labels name; undefined where none is ours. */
export function labelledGeneration(labels: readonly string[]): number | undefined {
  const found = labels.map((label) => GENERATION.exec(label)?.[1]).find(Boolean);
  return found === undefined ? undefined : Number(found);
}

/** The generation in use by the labels of all versions: that of AWSCURRENT, 1 until a function has labelled one. */
export function currentGeneration(versions: readonly (readonly string[])[]): number {
  const current = versions.find((labels) => labels.includes("AWSCURRENT"));
  return labelledGeneration(current ?? []) ?? 1;
}

/**
 * The staging labels of a generation's version. A value that the program knows has our own label for life, and AWSCURRENT gets a version
 * of its own. A value that is only referred to cannot be written again, so AWSCURRENT moves to its version; while it is the only one, an
 * adopted version keeps the labels that it was found with.
 */
export function stagingLabels(live: SecretGeneration, alone: boolean): string[] {
  const own = generationLabel(live.generation);
  if (live.storeVersion === undefined || live.state !== "active") return [own];
  return alone && live.generation === 1 ? ["AWSCURRENT"] : ["AWSCURRENT", own];
}
