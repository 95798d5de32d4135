import { rules } from "./all-rules";
import { checkConfiguration, listenForConfiguration } from "./sdk/configuration";
import { listenForDependencies } from "./sdk/dependencies";
import { Policy, policyOf } from "./sdk/policy";
import { checkSecretMarks, keepSecretMarks } from "./sdk/secretness";

export { rules };

/** The rules as policies, for this pack or one of your own; call {@link prepare} before a policy of them runs. */
export function policies(): Policy[] {
  return rules.map(policyOf);
}

/**
 * Makes the SDK keep what the rules need (secret marks, the stack's configuration, dependencies) and proves that it does.
 *
 * @throws Error when the SDK is not the one that is known to work; no policy must be served then.
 */
export async function prepare(): Promise<void> {
  keepSecretMarks();
  listenForConfiguration();
  listenForDependencies();
  await checkSecretMarks();
  checkConfiguration();
}
