import { basename } from "node:path";
import { EXTERNAL } from "../components/external";
import { SecretDeclaration } from "../components/inventory";
import { AT_REST, LiveGeneration, RotationRecord, liveGenerations } from "../components/rotation";
import { withCipher } from "./ciphertext";
import { RekeyError } from "./errors";
import { externalOf, settingsWith } from "./external";
import { askLate, readValue } from "./intake";
import { printJson, printText } from "./output";
import { Whereabouts, openProject } from "./project";
import { withChanges, writeStackFile } from "./record-file";
import { choose } from "./selection";
import { PlainMap, isPlainMap } from "./yaml-text";

/** The options of `rekey intake`. */
export interface IntakeRunOptions extends Whereabouts {
  readonly valueStdin?: boolean;
  readonly json?: boolean;
}

/** Takes in the value of a live generation that has none, and writes it encrypted into the settings file. */
export async function runIntake(name: string, options: IntakeRunOptions): Promise<void> {
  const open = await openProject(options);
  const [secret] = choose(open.secrets, open.records, "stage", { names: [name] });
  if (secret === undefined || secret.source !== "external")
    throw RekeyError.usage({
      message: `${name} is generated, not issued elsewhere: it takes no value in`,
      allowed: open.secrets
        .filter(({ source }) => source === "external")
        .map((one) => one.name)
        .join(", "),
      fix: `for a new value: \`rekey rotate ${name} -s ${open.stack}\``,
    });
  const record = open.records.get(name) ?? AT_REST;
  const external = externalOf(open.file);
  const live = lacking(secret, record, external[name] ?? {}, open.stack);
  const stdin = options.valueStdin;
  const take = await askLate(
    async () => [{ ...live, secret, value: await readValue(secret, { stdin }) }],
    stdin,
  );
  const changes = await withCipher(open, open.file, async (cipher) => {
    const { file, records } = open;
    const config = await settingsWith({ file, external, records, cipher, take });
    return { config: { ...config }, beside: cipher.beside() };
  });
  await writeStackFile(open.file, withChanges(open.file, changes));
  const { slot, generation } = live;
  if (options.json) {
    const { stack, stackFile: file } = open;
    return printJson({ stack, file, secret: name, slot, generation, written: true });
  }
  await printText(
    `The value of ${name}, generation ${generation} (slot ${slot}), is in ${basename(open.stackFile)}, encrypted.\nNext:\n  rekey up -s ${open.stack}`,
  );
}

/** The live generation without a value, the active one first. */
function lacking(
  secret: SecretDeclaration,
  record: RotationRecord,
  values: PlainMap,
  stack: string,
): LiveGeneration {
  const has = ({ slot, generation }: LiveGeneration) => {
    const entry = values[slot];
    return isPlainMap(entry) && entry.generation === generation;
  };
  const without = liveGenerations(record).filter((live) => !has(live));
  const found = without.find(({ state }) => state === "active") ?? without[0];
  if (found) return found;
  throw new RekeyError({
    code: "has-value",
    exitCode: 2,
    message: `every live generation of ${secret.name} has its value already`,
    path: `${EXTERNAL}.${secret.name}`,
    allowed: "the value of a generation that has none",
    fix: `a new value needs a new generation: \`rekey stage ${secret.name} -s ${stack}\``,
  });
}
