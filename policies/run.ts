import { basename, delimiter, dirname, join } from "node:path";

/** The pack's folder, for `policyPacks` of the Automation API or `pulumi preview --policy-pack`. */
export const packPath: string = basename(__dirname) === "dist" ? dirname(__dirname) : __dirname;

/**
 * The environment in which an engine without a Node language host can run the pack; with a language host it changes nothing.
 *
 * @param env the environment to start from; it is not changed.
 */
export function policyEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const launchers = join(packPath, "bin");
  return { ...env, PATH: env["PATH"] ? `${launchers}${delimiter}${env["PATH"]}` : launchers };
}
