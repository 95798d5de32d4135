import type { SecretDeclaration } from "../components/inventory";
import { type System, inventory } from "./inventory";
import { type RawConfig, placed } from "./places";
import { withRotators } from "./rotated-by";

/**
 * The secrets of a stack as its settings make them: what each accepts, where it is kept, and whether a function rotates it. The settings
 * are read as they are, unchecked: what is wrong with them the program says.
 */
export function declaredSecrets(
  systems: readonly System[],
  environment: string | undefined,
  config: RawConfig,
): SecretDeclaration[] {
  const declared = inventory(systems, environment, (system) => config[`rekey:${system}`]);
  return withRotators(placed(declared, config), config);
}
