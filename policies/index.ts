import { PolicyPack } from "@pulumi/policy";
import { listenForConfiguration } from "./configuration";
import { Policy, policyOf } from "./policy";
import { Rule } from "./rule";
import { noPlaintextCredentialInCloudRunEnv } from "./rules/no-plaintext-credential-in-cloud-run-env";
import { noSecretManagerDeleteOnRotation } from "./rules/no-secret-manager-delete-on-rotation";
import { noServiceAccountKeyWithoutReasonAndExpiry } from "./rules/no-service-account-key-without-reason-and-expiry";
import { secretVersionDataFromDeclaredSecret } from "./rules/secret-version-data-from-declared-secret";
import { checkSecretMarks, keepSecretMarks } from "./secretness";

/** Every rule of the pack, by id. */
export const rules: readonly Rule[] = [
  noPlaintextCredentialInCloudRunEnv,
  noSecretManagerDeleteOnRotation,
  noServiceAccountKeyWithoutReasonAndExpiry,
  secretVersionDataFromDeclaredSecret,
];

/** The rules as policies, for this pack or one of your own; call {@link prepare} before a policy of them runs. */
export function policies(): Policy[] {
  return rules.map(policyOf);
}

/**
 * Makes the SDK keep what the rules need (secret marks, the stack's configuration) and proves that it does.
 *
 * @throws Error when the SDK is not the one that is known to work; no policy must be served then.
 */
export async function prepare(): Promise<void> {
  keepSecretMarks();
  listenForConfiguration();
  await checkSecretMarks();
}

/** Serves the pack to the engine. The process ends with the engine; a failure stops the preview or update. */
export async function startPack(): Promise<void> {
  await prepare();
  new PolicyPack("rekey", {
    description: "Secrets stay where they belong.",
    enforcementLevel: "mandatory",
    policies: policies(),
  });
}
