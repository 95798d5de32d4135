import { placeOfIntake } from "../../components/intake-place";
import type { SecretDeclaration } from "../../components/inventory";
import { AT_REST, type RotationRecord } from "../../components/rotation";
import { RekeyError, scrub } from "../errors";
import { externalOf } from "../external";
import type { StackFile } from "../record-file";
import type { Clouds } from "../to-store/clouds";
import type { Entry } from "../to-store/entry";
import { openEntry } from "../to-store/open-entry";
import { type Target, targetOf } from "../to-store/target";
import type { Answered } from "./compare";
import { isPlainMap } from "../yaml-text";
import type { Judgement } from "./verdict";

/** Opens a secret's entry; see {@link openEntry}. */
type Open = (target: Target, file: Pick<StackFile, "config">, clouds: Clouds) => Entry;

/**
 * What stands at intake entries and nobody knows of: a command that was broken off between the store and the settings file left it there, and its key is
 * valid at its issuer. And what the settings refer to and is not there any more: the program could not take it over again. Nothing is said of an
 * entry where all is known and there. Reads no value.
 */
export async function leftAtIntakes(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  file: Pick<StackFile, "config">,
  clouds: Clouds,
  open: Open = openEntry,
): Promise<Answered[]> {
  const answers: Answered[] = [];
  const external = externalOf(file);
  for (const secret of secrets) {
    const target = targetOf(secret, file.config);
    if (target?.intake !== true) continue;
    const next = (records.get(secret.name) ?? AT_REST).generation + 1;
    const named = Object.values(external[secret.name] ?? {}).flatMap((slot) =>
      isPlainMap(slot) && typeof slot.intake === "string" ? [slot.intake] : [],
    );
    const judgement = await judgeIntake(target, next, named, () => open(target, file, clouds));
    if (judgement)
      answers.push({
        ...{ secret: secret.name, store: target.store, judgement },
        ...{ generation: null, recordGeneration: null, versions: [] },
      });
  }
  return answers;
}

async function judgeIntake(
  { secret: { name }, kind }: Target,
  next: number,
  named: readonly string[],
  open: () => Entry,
): Promise<Judgement | undefined> {
  try {
    const entry = open();
    const [left] = (await entry.look(next)).filter((one) => one.left);
    if (left === undefined) return await missingOf(named, kind, entry);
    const { version, generation = next } = left;
    const goOn =
      generation === next
        ? `\`rekey stage ${name} --to-store\` with the same value goes on with it; `
        : "";
    return {
      verdict: "changed by hand",
      reason: `a value of generation ${generation} was taken in and stands in no settings file`,
      fix: `${goOn}${entry.byHand(version, generation)} takes it out of use, and then its issuer has to revoke it`,
    };
  } catch (error) {
    // An entry of others, or one that is being deleted, has nothing of ours.
    if (error instanceof RekeyError && error.code === "no-entry") return undefined;
    if (error instanceof RekeyError && error.code === "settings-behind")
      return {
        verdict: "ahead",
        reason: error.message,
        ...(error.fix === undefined ? {} : { fix: error.fix }),
      };
    return {
      verdict: "unreachable",
      reason: `unknown: ${scrub((error as Error).message)}`,
      fix: "see that the store answers and that your own credentials may read it, then ask again",
    };
  }
}

async function missingOf(
  named: readonly string[],
  kind: Target["kind"],
  entry: Entry,
): Promise<Judgement | undefined> {
  for (const reference of named) {
    // Settings may refer to a store that was chosen before.
    if (placeOfIntake(reference)?.store !== kind || (await entry.has?.(reference)) !== false)
      continue;
    return {
      verdict: "missing",
      reason: `${reference} is gone, where a value in use was taken in`,
      fix: "bring it back in the store (`vault kv undelete`; in AWS its label rekey-g<N>), and refresh nothing until then: the next update could not take it over again. Otherwise stage a new value, and retire this one",
    };
  }
  return undefined;
}
