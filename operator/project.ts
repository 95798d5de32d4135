import { readFile, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { ConfigurationError } from "../components/errors";
import { SecretDeclaration } from "../components/inventory";
import { readRecords } from "../components/records";
import { ROTATIONS } from "../components/records";
import { RotationRecord } from "../components/rotation";
import { declaredSecrets } from "../stacks/declared";
import { SYSTEMS, System, requireDistinct } from "../stacks/inventory";
import { RekeyError } from "./errors";
import { exists } from "./exists";
import { StackFile, readStackFile } from "./record-file";
import { YAML_OPTIONS } from "./yaml-edit";

/** The setting that chooses the systems of a stack. */
export const SYSTEMS_SETTING = "rekey:systems";

/** Where a command works. */
export interface Project {
  /** The folder with Pulumi.yaml. */
  readonly cwd: string;
  /** The stack's name, as it was given. */
  readonly stack: string;
  /** Its settings file. */
  readonly stackFile: string;
}

/** What a command was told about where to work. */
export interface Whereabouts {
  /** `--cwd`; without it the nearest folder upward with a Pulumi.yaml. */
  readonly cwd?: string | undefined;
  /** `--stack`; without it `PULUMI_STACK`, or the only stack that has a settings file. */
  readonly stack?: string | undefined;
}

/** A stack with its secrets and their records. */
export interface OpenProject extends Project {
  readonly file: StackFile;
  readonly systems: readonly System[];
  readonly secrets: readonly SecretDeclaration[];
  readonly records: ReadonlyMap<string, RotationRecord>;
}

const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml"];
const STACK_NAME = /^([A-Za-z0-9_.-]+\/){0,2}[A-Za-z0-9_.-]+$/;

/**
 * Finds the project and the stack's settings file.
 *
 * @throws RekeyError (exit 2) that lists the stacks there are.
 */
export async function findProject({ cwd, stack }: Whereabouts = {}): Promise<Project> {
  const projectFile = await findProjectFile(cwd);
  const directory = dirname(projectFile);
  const folder = await stackFolder(projectFile);
  const extension = projectFile.slice(projectFile.lastIndexOf("."));
  const stacks = await stacksIn(folder, extension);
  const chosen = stack ?? (process.env.PULUMI_STACK || undefined) ?? onlyOne(stacks, folder);
  const name = basename(chosen);
  if (!STACK_NAME.test(chosen) || !stacks.includes(name))
    throw new RekeyError({
      code: "no-such-stack",
      exitCode: 2,
      message: `there is no ${STACK_NAME.test(chosen) ? `Pulumi.${name}${extension}` : "stack of this name"} in ${folder}`,
      path: stack === undefined ? "PULUMI_STACK" : "--stack",
      allowed: stacks.join(", ") || "nothing yet: no stack has a settings file",
      fix: "name one of them with `--stack`, or make the stack with `pulumi stack init`",
    });
  return { cwd: directory, stack: chosen, stackFile: join(folder, `Pulumi.${name}${extension}`) };
}

/** The stacks that have a settings file, by name. */
export async function stacksOf(cwd?: string): Promise<string[]> {
  const projectFile = await findProjectFile(cwd);
  const extension = projectFile.slice(projectFile.lastIndexOf("."));
  return stacksIn(await stackFolder(projectFile), extension);
}

/** Finds the project and reads its systems, secrets and records; every mistake in them is an error (exit 2). */
export async function openProject(where: Whereabouts = {}): Promise<OpenProject> {
  const project = await findProject(where);
  const file = await readStackFile(project.stackFile);
  const systems = readSystems(file.config[SYSTEMS_SETTING]);
  const environment = file.config["rekey:environment"];
  const secrets = declaredSecrets(
    systems,
    typeof environment === "string" ? environment : undefined,
    file.config,
  );
  requireDistinct(secrets);
  return {
    ...project,
    file,
    systems,
    secrets,
    records: readRecords(file.config[ROTATIONS], secrets),
  };
}

/** Reads `rekey:systems`: a list of systems that this project knows. */
export function readSystems(raw: unknown): System[] {
  const listed = typeof raw === "string" ? listIn(raw) : raw;
  const refused = (path: string, problem: string) =>
    new ConfigurationError({
      path,
      problem,
      allowed: `a list of ${SYSTEMS.join(", ")}`,
      fix: `pulumi config set --path '${SYSTEMS_SETTING}[0]' ${SYSTEMS[0]}`,
    });
  if (listed === undefined) throw refused(SYSTEMS_SETTING, "is missing");
  if (!Array.isArray(listed) || listed.length === 0)
    throw refused(SYSTEMS_SETTING, "is no list, or an empty one");
  return listed.map((name: unknown, index) => {
    const system = SYSTEMS.find((known) => known === name);
    if (system === undefined || listed.indexOf(name) !== index)
      throw refused(
        `${SYSTEMS_SETTING}[${index}]`,
        system === undefined ? "names no system of this project" : "names a system twice",
      );
    return system;
  });
}

/** `pulumi config set` without `--path` stores a list as a text in JSON, which programs read as the list. */
function listIn(text: string): unknown {
  return text.trimStart().startsWith("[")
    ? (parseDocument(text, YAML_OPTIONS).toJS() as unknown)
    : text;
}

async function findProjectFile(cwd: string | undefined): Promise<string> {
  const start = resolve(cwd ?? ".");
  for (let folder = start; ; folder = dirname(folder)) {
    for (const name of PROJECT_FILES) {
      const candidate = join(folder, name);
      if (await exists(candidate)) return candidate;
    }
    if (cwd !== undefined || dirname(folder) === folder)
      throw new RekeyError({
        code: "no-project",
        exitCode: 2,
        message: `there is no Pulumi.yaml in ${start}${cwd === undefined ? " or above it" : ""}`,
        path: "--cwd",
        allowed: "a folder with a Pulumi project",
        fix: "run the command there, or name the folder with `--cwd`",
      });
  }
}

/** Where the engine looks for settings files: beside Pulumi.yaml, or in its `stackConfigDir`. */
async function stackFolder(projectFile: string): Promise<string> {
  const document = parseDocument(await readFile(projectFile, "utf8"), YAML_OPTIONS);
  const folder: unknown = document.errors.length === 0 ? document.get("stackConfigDir") : undefined;
  return resolve(dirname(projectFile), typeof folder === "string" ? folder : ".");
}

async function stacksIn(folder: string, extension: string): Promise<string[]> {
  const names = (await exists(folder)) ? await readdir(folder) : [];
  return names
    .filter((name) => name.startsWith("Pulumi.") && name.endsWith(extension))
    .filter((name) => name.length > `Pulumi.${extension}`.length)
    .map((name) => name.slice("Pulumi.".length, -extension.length))
    .sort();
}

function onlyOne(stacks: readonly string[], folder: string): string {
  const [only, ...others] = stacks;
  if (only !== undefined && others.length === 0) return only;
  throw new RekeyError({
    code: "which-stack",
    exitCode: 2,
    message:
      only === undefined
        ? `no stack has a settings file in ${folder}`
        : `${stacks.length} stacks have a settings file in ${folder}`,
    path: "--stack",
    allowed: stacks.join(", ") || "the name of a stack",
    fix:
      only === undefined
        ? "make one with `pulumi stack init`, then set what it needs"
        : `name one: \`--stack ${only}\`, or set PULUMI_STACK`,
  });
}
