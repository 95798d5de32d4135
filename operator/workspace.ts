import { join, resolve } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { ConfigurationError } from "../components/errors";
import { engineTemp } from "./engine-temp";
import { endingWithItsProgram } from "./failing-program";

/** The folder that rekey itself is in. */
export const HOME = resolve(__dirname, "..");

/** Where an update happens and with what. */
export interface Place {
  /** The folder with Pulumi.yaml. */
  readonly cwd: string;
  readonly stack: string;
  readonly command: PulumiCommand;
  /** Added to the engine's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes the stack if it does not exist. */
  readonly create?: boolean;
}

/** A stack with its inline program, and the mistake in the configuration that stopped the program, if one did. */
export interface OpenStack {
  readonly stack: Stack;
  mistake(): ConfigurationError | undefined;
}

/**
 * Opens a stack for the Automation API. The program runs in this process, so that no language host is needed; settings are those of
 * the folder's Pulumi.yaml and Pulumi.<stack>.yaml.
 */
export async function openStack(place: Place): Promise<OpenStack> {
  let mistake: ConfigurationError | undefined;
  const program = async () => {
    try {
      const { program: declare } = require("../stacks") as typeof import("../stacks");
      return await Promise.resolve(declare());
    } catch (error) {
      if (error instanceof ConfigurationError) mistake = error;
      throw error;
    }
  };
  const args = { stackName: place.stack, projectName: "rekey", program, workDir: place.cwd };
  const options = {
    workDir: place.cwd,
    pulumiCommand: place.command,
    envVars: {
      PULUMI_SKIP_UPDATE_CHECK: "true",
      REKEY_HOME: HOME,
      ...place.env,
      TMPDIR: place.env?.["TMPDIR"] ?? engineTemp(),
    },
  };
  const stack = place.create
    ? await LocalWorkspace.createOrSelectStack(args, options)
    : await LocalWorkspace.selectStack(args, options);
  return { stack: endingWithItsProgram(stack), mistake: () => mistake };
}

/** The file with a stack's settings. */
export function stackFile({ cwd, stack }: Pick<Place, "cwd" | "stack">): string {
  return join(cwd, `Pulumi.${stack}.yaml`);
}

/** An environment without the variables that are not set, as the engine takes it. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
