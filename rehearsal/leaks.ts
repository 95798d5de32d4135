import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { SecretDeclaration } from "../components/inventory";
import { SecretText } from "../components/secret-text";
import { Canary, readTree, searchTexts } from "./canaries";
import type { Session } from "./session";
import type { Holdings } from "./systems/system";
import { namesOf } from "./walk-choice";

/** The folders of a rehearsal that the engine and the commands write to. */
const WRITTEN = ["work", "state", "pulumi-home"];

/** What of a session is searched. */
export interface Searched {
  readonly project: Pick<Session["project"], "root" | "env">;
  readonly clouds: { readonly postgres: Pick<Session["clouds"]["postgres"], "logFile"> };
  readonly said: readonly string[];
}

/**
 * Looks for every value that was held, and for the passphrase, in whatever the run wrote or said: the project, the state, the logs of
 * the clouds and of the applications, what the engine, its events and the commands said, and the other texts given. Left out are the
 * places that are made to hold values: env files, and the clouds' own data; and values that are public by declaration.
 *
 * @param others texts that stand nowhere else, such as command lines and the report, by what they are.
 * @returns one line for each value that was found, with its name and the place; never the value.
 */
export async function searchLeaks(
  { project, clouds, said }: Searched,
  secrets: readonly SecretDeclaration[],
  holdings: readonly Holdings[],
  others: Readonly<Record<string, string>>,
): Promise<string[]> {
  const open = new Set(secrets.filter((secret) => secret.public === true).map(({ name }) => name));
  const ofBytes = new Set(namesOf(secrets.filter((one) => one.class === "vapid-pair")));
  const passphrase = project.env["PULUMI_CONFIG_PASSPHRASE"];
  const canaries: Canary[] = holdings.flatMap((held) =>
    [...held]
      .filter(([name]) => !open.has(name))
      .flatMap(([name, { value, signed }]) => [
        { name, value, ofBytes: ofBytes.has(name) },
        ...(signed ? [{ name: `${name} (a token)`, value: signed }] : []),
      ]),
  );
  if (passphrase) canaries.push({ name: "the passphrase", value: new SecretText(passphrase) });
  const texts = new Map<string, string>();
  for (const folder of WRITTEN) {
    const path = join(project.root, folder);
    if (!existsSync(path)) continue;
    const skip = new Set([join(path, ".env")]);
    for (const [name, text] of await readTree(path, skip)) texts.set(`${folder}/${name}`, text);
  }
  for (const path of await logsOf(project.root))
    texts.set(relative(project.root, path), await readFile(path, "latin1"));
  // As root the server keeps its log elsewhere.
  texts.set("PostgreSQL's log", await readFile(clouds.postgres.logFile, "latin1"));
  texts.set("what the engine and the commands said", said.join("\n"));
  for (const [place, text] of Object.entries(others)) texts.set(place, text);
  return searchTexts(canaries, texts).map(
    ({ canary, form, place }) => `${canary} stands ${form} in ${place}`,
  );
}

/** Every log below a folder: of the clouds, of docker and of the applications. */
async function logsOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter(
      (path) => path.endsWith(".log") || path.split(sep).some((part) => LOG_FOLDERS.has(part)),
    );
}

/** Where the fakes keep what applications print. */
const LOG_FOLDERS: ReadonlySet<string> = new Set(["run", "log"]);
