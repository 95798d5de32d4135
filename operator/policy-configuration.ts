import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackFile } from "../policies/pack-configuration";
import { RekeyError } from "./errors";

/** The file beside Pulumi.yaml with the findings of the policy pack that are accepted, and the settings of its rules; optional. */
export const POLICY_FILE = "policies.json";

/** Where the policies' file is looked for, and the day that it is held against. */
export interface PolicySettings {
  /** The folder with Pulumi.yaml. */
  readonly cwd: string;
  /** `YYYY-MM-DD`; without it every suppression holds, and an advisory says so. */
  readonly day?: string | undefined;
}

/**
 * Writes what the engine takes as the pack's configuration into a folder, if the project has a policies.json.
 *
 * @returns the file, for `policyPackConfigs`; empty where the project has none.
 * @throws RekeyError (exit code 2) naming each setting that is wrong and what is allowed.
 */
export async function writePolicyConfiguration(
  { cwd, day }: PolicySettings,
  folder: string,
): Promise<string[]> {
  const file = join(cwd, POLICY_FILE);
  const text = await textOf(file);
  if (text === undefined) return [];
  const made = join(folder, "policy-configuration.json");
  await writeFile(made, JSON.stringify(engineConfiguration(file, text, day)), { mode: 0o600 });
  return [made];
}

/** Runs with the configuration of {@link writePolicyConfiguration} in a folder of its own, which is removed in the end. */
export async function withPolicyConfiguration<T>(
  settings: PolicySettings,
  run: (policyPackConfigs: string[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "rekey-policies-"));
  try {
    return await run(await writePolicyConfiguration(settings, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A day as the policies take it. */
export function dayOfCheck(now: Date): string {
  return now.toISOString().slice(0, 10);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function engineConfiguration(file: string, text: string, day: string | undefined): object {
  // Loaded only where there is something to configure.
  const { policyConfiguration } =
    require("../policies/pack-configuration") as typeof import("../policies/pack-configuration");
  const { rules } = require("../policies/all-rules") as typeof import("../policies/all-rules");
  try {
    const given = JSON.parse(text) as PackFile;
    const made = policyConfiguration(day === undefined ? given : { ...given, at: day }, rules);
    // A day is for what was accepted until then. To a rule that judges ages it would be a reason to stop a rotation that is late.
    for (const own of Object.values(made)) if (!("suppressions" in own)) delete own["at"];
    return made;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RekeyError({
      code: "policy-settings",
      exitCode: 2,
      message: error instanceof SyntaxError ? "is no JSON document" : error.message,
      path: file,
      allowed: "at, suppressions and rules, as policies/README.md describes them",
      fix: `correct ${POLICY_FILE}; \`policies/bin/rekey-policies ${POLICY_FILE}\` checks it`,
      cause: error,
    });
  }
}
