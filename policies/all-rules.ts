import { Rule } from "./rule";
import { accountsInSecretPolicyAreKnown } from "./rules/accounts-in-secret-policy-are-known";
import { noAddressWithPassword } from "./rules/no-address-with-password";
import { noEscapedSecret } from "./rules/no-escaped-secret";
import { noKeyFile } from "./rules/no-key-file";
import { noKubernetesWideSecretAccess } from "./rules/no-kubernetes-wide-secret-access";
import { noLiteralCredential } from "./rules/no-literal-credential";
import { noPlainConfigurationAsCredential } from "./rules/no-plain-configuration-as-credential";
import { noPlaintextCredentialInCloudRunEnv } from "./rules/no-plaintext-credential-in-cloud-run-env";
import { noPlaintextCredentialInConfigMap } from "./rules/no-plaintext-credential-in-config-map";
import { noPlaintextCredentialInEcsEnv } from "./rules/no-plaintext-credential-in-ecs-env";
import { noPlaintextCredentialInEnvironment } from "./rules/no-plaintext-credential-in-environment";
import { noPlaintextCredentialInKubernetesEnv } from "./rules/no-plaintext-credential-in-kubernetes-env";
import { noPlaintextCredentialInLambdaEnv } from "./rules/no-plaintext-credential-in-lambda-env";
import { noPlaintextCredentialInUserData } from "./rules/no-plaintext-credential-in-user-data";
import { noPrivateKey } from "./rules/no-private-key";
import { noProjectWideSecretAccess } from "./rules/no-project-wide-secret-access";
import { noProviderToken } from "./rules/no-provider-token";
import { noPublicSecretAccess } from "./rules/no-public-secret-access";
import { noRotationByRecordAndFunction } from "./rules/no-rotation-by-record-and-function";
import { noSecretInNamesAndLabels } from "./rules/no-secret-in-names-and-labels";
import { noSecretInStackOutput } from "./rules/no-secret-in-stack-output";
import { noSecretManagerDeleteOnRotation } from "./rules/no-secret-manager-delete-on-rotation";
import { noServiceAccountKeyWithoutReasonAndExpiry } from "./rules/no-service-account-key-without-reason-and-expiry";
import { noSignedToken } from "./rules/no-signed-token";
import { noStrangerInSecretPolicy } from "./rules/no-stranger-in-secret-policy";
import { noUnwrappedSecret } from "./rules/no-unwrapped-secret";
import { noWeakPassword } from "./rules/no-weak-password";
import { noWildcardSecretAccess } from "./rules/no-wildcard-secret-access";
import { secretVersionDataFromDeclaredSecret } from "./rules/secret-version-data-from-declared-secret";
import { suppressionsAreDated } from "./rules/suppressions-are-dated";
import { textsAreSearchedWhole } from "./rules/texts-are-searched-whole";

/** Every rule of the pack, by id. The last one tells what the others held back. */
export const rules: readonly Rule[] = [
  accountsInSecretPolicyAreKnown,
  noAddressWithPassword,
  noEscapedSecret,
  noKeyFile,
  noKubernetesWideSecretAccess,
  noLiteralCredential,
  noPlainConfigurationAsCredential,
  noPlaintextCredentialInCloudRunEnv,
  noPlaintextCredentialInConfigMap,
  noPlaintextCredentialInEcsEnv,
  noPlaintextCredentialInEnvironment,
  noPlaintextCredentialInKubernetesEnv,
  noPlaintextCredentialInLambdaEnv,
  noPlaintextCredentialInUserData,
  noPrivateKey,
  noProjectWideSecretAccess,
  noProviderToken,
  noPublicSecretAccess,
  noRotationByRecordAndFunction,
  noSecretInNamesAndLabels,
  noSecretInStackOutput,
  noSecretManagerDeleteOnRotation,
  noServiceAccountKeyWithoutReasonAndExpiry,
  noSignedToken,
  noStrangerInSecretPolicy,
  noUnwrappedSecret,
  noWeakPassword,
  noWildcardSecretAccess,
  secretVersionDataFromDeclaredSecret,
  textsAreSearchedWhole,
  suppressionsAreDated,
];
