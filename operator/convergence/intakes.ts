import type { SecretDeclaration } from "../../components/inventory";
import { AT_REST, type RotationRecord } from "../../components/rotation";
import { RekeyError, scrub } from "../errors";
import type { StackFile } from "../record-file";
import type { Clouds } from "../to-store/clouds";
import type { Entry } from "../to-store/entry";
import { openEntry } from "../to-store/open-entry";
import { type Target, targetOf } from "../to-store/target";
import type { Answered } from "./compare";
import type { Judgement } from "./verdict";

/** Opens a secret's entry; see {@link openEntry}. */
type Open = (target: Target, file: Pick<StackFile, "config">, clouds: Clouds) => Entry;

/**
 * What stands at intake entries and nobody knows of: a command that was broken off between the store and the settings file left it there, and its key is
 * valid at its issuer. Nothing is said of an entry where all is known. Reads no value.
 */
export async function leftAtIntakes(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  file: Pick<StackFile, "config">,
  clouds: Clouds,
  open: Open = openEntry,
): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (const secret of secrets) {
    const target = targetOf(secret, file.config);
    if (target?.intake !== true) continue;
    const next = (records.get(secret.name) ?? AT_REST).generation + 1;
    const judgement = await judgeIntake(target, next, () => open(target, file, clouds));
    if (judgement)
      answers.push({
        ...{ secret: secret.name, store: target.store, judgement },
        ...{ generation: null, recordGeneration: null, versions: [] },
      });
  }
  return answers;
}

async function judgeIntake(
  { secret: { name } }: Target,
  next: number,
  open: () => Entry,
): Promise<Judgement | undefined> {
  try {
    const entry = open();
    const [left] = (await entry.look(next)).filter((one) => one.left);
    if (left === undefined) return undefined;
    return {
      verdict: "changed by hand",
      reason: `a value of generation ${next} was taken in and stands in no settings file`,
      fix: `\`rekey stage ${name} --to-store\` with the same value goes on with it; ${entry.byHand(left.version, next)} takes it out of use, and then its issuer has to revoke it`,
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
