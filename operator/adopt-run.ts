import { AT_REST } from "../components/rotation";
import { SecretDeclaration } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { CAPANEL, CapanelSettings, readCapanelSettings } from "../stacks/capanel/settings";
import { entryOf, lookUp, putIn } from "./adopt";
import { prepareDatabase } from "./adopt-database";
import { AdoptIntake, NOTHING, requireFitting, takeIn } from "./adopt-intake";
import { Adoption, DATABASE, adoptionOf, changedText } from "./adopt-settings";
import { withCipher } from "./ciphertext";
import { unifiedDiff } from "./diff";
import { RekeyError } from "./errors";
import type { GoogleClient } from "./google";
import { googleOfSettings } from "./google-of-stack";
import { printJson, printText } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { writeStackFile } from "./record-file";
import { isPlainMap } from "./yaml-text";

/** The options of `rekey adopt`, as the command line gives them. */
export interface AdoptArguments extends Whereabouts, AdoptIntake {
  readonly databaseAddress?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const TOKEN = "gcp:accessToken";

/** Runs `rekey adopt`. All that can be refused is looked at before the first change. */
export async function runAdopt(names: readonly string[], options: AdoptArguments): Promise<void> {
  const open = await openProject(options);
  const settings = readCapanelSettings(open.file.config[CAPANEL]);
  const google = await googleOf(open);
  const chosen = choose(open, names);
  const database = chosen.some(({ name }) => name === DATABASE);
  if (database) requireDatabaseOptions(options);
  const found = await Promise.all(
    chosen.map((secret) => lookUp(secret, String(entryOf(secret)), settings.project, google)),
  );
  const missing = found.filter(({ version }) => version === undefined);
  requireFitting(missing, options);
  // What is written differs from this in version numbers only, so what would be refused of it is refused here.
  changedText(
    open,
    settings,
    found.map((one) => adoptionOf(one, one.version ?? 1, options.databaseUser)),
  );
  const dry = options.dryRun === true;
  const { password, values } = dry ? NOTHING : await takeIn(missing, database, options);
  const statements = password ? await prepare(settings, password, options) : [];
  const adopted: Adoption[] = [];
  for (const one of found) {
    const value = values.get(one.secret.name);
    const version =
      one.version ?? (value && (await putIn(one.entry, value, settings.project, google)));
    adopted.push(adoptionOf(one, version, options.databaseUser));
  }
  const text = changedText(open, settings, adopted);
  if (!dry) await writeStackFile(open.file, text);
  const document = { stack: open.stack, file: open.stackFile, adopted, statements, written: !dry };
  if (options.json) return printJson(document);
  await printText(reportText(open, text, adopted, statements, dry));
}

/** Only what is at rest with generation 1 can be taken over: any later value was made here. */
function choose(open: OpenProject, names: readonly string[]): SecretDeclaration[] {
  const kept = open.secrets.filter((secret) => entryOf(secret) !== undefined);
  const unknown = names.find((name) => !kept.some((secret) => secret.name === name));
  if (unknown !== undefined)
    throw RekeyError.usage({
      message: `${JSON.stringify(unknown.slice(0, 80))} is no secret that Google Secret Manager keeps`,
      allowed: kept.map(({ name }) => name).join(", "),
      fix: "correct the name, or name none to adopt them all",
    });
  const chosen = names.length === 0 ? kept : kept.filter(({ name }) => names.includes(name));
  const rotated = chosen.find(
    ({ name }) => (open.records.get(name) ?? AT_REST).generation !== AT_REST.generation,
  );
  if (rotated)
    throw RekeyError.usage({
      message: `${rotated.name} was rotated here already`,
      path: `rekey:rotations.${rotated.name}`,
      allowed: "secrets at rest with generation 1",
      fix: "name the others",
    });
  return chosen;
}

function requireDatabaseOptions(options: AdoptArguments): void {
  if (options.databaseUser !== undefined && /^[^:]+:\d+$/.test(options.databaseAddress ?? ""))
    return;
  throw RekeyError.usage({
    message: `${DATABASE} needs to know the user in use and how to reach the database from here`,
    path: "--database-user, --database-address",
    allowed: "a user's name, and host:port",
    fix: "rekey adopt --database-user capanel --database-address 127.0.0.1:5432",
  });
}

async function prepare(
  settings: CapanelSettings,
  password: SecretText,
  options: AdoptArguments,
): Promise<string[]> {
  const [host = "", port = ""] = (options.databaseAddress ?? "").split(":");
  const user = String(options.databaseUser);
  return prepareDatabase({
    host,
    port: Number(port),
    database: settings.database,
    user,
    password,
    ownerRole: settings.ownerRole,
  });
}

/** A client for the Google Cloud that the stack's settings lead to; an encrypted access token is decrypted for it. */
async function googleOf(open: OpenProject): Promise<GoogleClient> {
  const plain = plainSettings(open);
  const token = open.file.config[TOKEN];
  if (!isPlainMap(token) || typeof token.secure !== "string") return googleOfSettings(plain);
  const { secure } = token;
  const value = await withCipher(open, open.file, (cipher) => cipher.decrypt(secure));
  return googleOfSettings({ ...plain, [TOKEN]: value.reveal() });
}

function plainSettings({ file }: OpenProject): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(file.config).map(([name, value]) => [
      name,
      typeof value === "string" ? value : undefined,
    ]),
  );
}

function reportText(
  open: OpenProject,
  text: string,
  adopted: readonly Adoption[],
  statements: readonly string[],
  dry: boolean,
): string {
  const lines = adopted.flatMap(({ secret, entry, version, user, olderEnabled }) => [
    version === undefined
      ? `${secret}: ${entry} does not hold it yet; its value will be asked for`
      : `${secret}: version ${version} of ${entry}${user === undefined ? "" : `, database user ${user}`}`,
    ...(olderEnabled.length === 0
      ? []
      : [
          `  older versions that are still enabled: ${olderEnabled.join(", ")}; disable them once nobody reads them`,
        ]),
  ]);
  return [
    unifiedDiff(open.file.text, text, { name: open.stackFile, colour: false }),
    "",
    ...lines,
    ...statements.map((statement) => `database: ${statement}`),
    "",
    dry
      ? "Nothing was changed: this was a dry run."
      : `Next: rekey up -s ${open.stack} (it changes no value)`,
    "",
  ].join("\n");
}
