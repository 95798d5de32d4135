import { basename } from "node:path";
import { EXTERNAL } from "../components/external";
import { SecretDeclaration } from "../components/inventory";
import { AT_REST, LiveGeneration, RotationRecord, liveGenerations } from "../components/rotation";
import { withCipher } from "./ciphertext";
import { RekeyError } from "./errors";
import { ExternalSettings, externalOf, settingsWith } from "./external";
import { validationInWords } from "./issuers/validate";
import { printJson, printText, wrap } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { Changes, withChanges, writeStackFile } from "./record-file";
import { choose } from "./selection";
import { lineWidth } from "./status";
import { TakingOptions, takeLate } from "./taking";
import { storedInWords } from "./to-store/stored";
import type { OpenStores } from "./to-store/stores";
import { targetsOf } from "./to-store/target";
import { PlainMap, isPlainMap } from "./yaml-text";

/** The options of `rekey intake`. */
export interface IntakeRunOptions extends Whereabouts, TakingOptions {
  readonly json?: boolean;
}

/**
 * Takes in the value of a live generation that has none, and writes it encrypted into the settings file, or with `--to-store` into its store: one that somebody else
 * issues, or the one that a generated secret has in production before its first update.
 */
export async function runIntake(name: string, options: IntakeRunOptions): Promise<void> {
  const open = await openProject(options);
  const [secret] = choose(open.secrets, open.records, "stage", { names: [name] });
  if (secret === undefined || !takesValues(secret))
    throw RekeyError.usage({
      message: `${name} is generated, not issued elsewhere: it takes no value in`,
      allowed: open.secrets
        .filter(takesValues)
        .map((one) => one.name)
        .join(", "),
      fix: `for a new value: \`rekey rotate ${name} -s ${open.stack}\``,
    });
  const record = open.records.get(name) ?? AT_REST;
  const external = externalOf(open.file);
  const live =
    secret.source === "external"
      ? lacking(secret, record, external[name] ?? {}, open.stack)
      : running(secret, record, external[name] ?? {}, open.stack);
  const { changes, validation, stored } = await changesOf(open, secret, live, options);
  await writeStackFile(open.file, withChanges(open.file, changes));
  const { slot, generation } = live;
  if (options.json) {
    const { stack, stackFile: file } = open;
    const about = { stack, file, secret: name, slot, generation, validation };
    return printJson({ ...about, ...(stored ? { stored } : {}), written: true });
  }
  const place = stored ? stored.store : `${basename(open.stackFile)}, encrypted`;
  await printText(
    [
      `The value of ${name}, generation ${generation} (slot ${slot}), is in ${place}.`,
      ...(validation ? [wrap(`  ${validationInWords(validation)}`, lineWidth(), 4)] : []),
      ...(stored ? [wrap(`  ${storedInWords(stored)}`, lineWidth(), 4)] : []),
      "Next:",
      `  rekey up -s ${open.stack}`,
    ].join("\n"),
  );
}

async function changesOf(
  open: OpenProject,
  secret: SecretDeclaration,
  live: LiveGeneration,
  options: IntakeRunOptions,
) {
  const { file, records } = open;
  const stores = await storesFor(open, secret, live, options);
  const takeNow = await takeLate([secret], file.config, options);
  try {
    return await withCipher(open, file, async (cipher) => {
      const { values, validations } = await takeNow();
      const taken = [...values.values()].map((value) => ({ ...live, secret, value }));
      const take = () => Promise.resolve(taken);
      const intake = { file, external: externalOf(file), records, cipher, take };
      const changes = (settings: ExternalSettings): Changes => ({
        config: { ...settings },
        beside: cipher.beside(),
      });
      const settings = stores
        ? await stores.settings(intake, (foreseen) => withChanges(file, changes(foreseen)))
        : await settingsWith(intake);
      const [validation] = validations;
      return { changes: changes(settings), validation, stored: stores?.stored[0] };
    });
  } finally {
    stores?.close();
  }
}

async function storesFor(
  open: OpenProject,
  secret: SecretDeclaration,
  { generation }: LiveGeneration,
  { toStore }: IntakeRunOptions,
): Promise<OpenStores | undefined> {
  if (toStore !== true) return undefined;
  const { OpenStores } = require("./to-store/stores") as typeof import("./to-store/stores");
  return OpenStores.open(
    open,
    targetsOf([secret], open.file.config).map((target) => ({ target, generation })),
  );
}

function takesValues({ source, takesOver }: SecretDeclaration): boolean {
  return source === "external" || takesOver === true;
}

/** Generation 1 of a generated secret, which may be what runs already; every later one is generated. */
function running(
  { name }: SecretDeclaration,
  record: RotationRecord,
  values: PlainMap,
  stack: string,
): LiveGeneration {
  const [first] = liveGenerations(record);
  const atStart = record.generation === 1 && first?.generation === 1;
  if (atStart && Object.keys(values).length === 0) return first;
  throw new RekeyError({
    code: "has-value",
    exitCode: 2,
    message: atStart
      ? `the value that ${name} runs with was taken in already`
      : `${name} was rotated already: only what runs before the first update is taken over`,
    path: `${EXTERNAL}.${name}`,
    allowed: "the value of generation 1, once, before the first update",
    fix: `a new value is generated: \`rekey rotate ${name} -s ${stack}\``,
  });
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
