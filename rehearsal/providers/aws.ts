import { type Aws, awsConfig, configureAws } from "./aws/config";
import { ecsTaskDefinition } from "./aws/ecs-task-definition";
import { getSecretVersions } from "./aws/get-secret-versions";
import { iamPolicy } from "./aws/iam-policy";
import { iamRole } from "./aws/iam-role";
import { iamRolePolicy, iamRolePolicyAttachment } from "./aws/iam-role-policy";
import { kmsKey } from "./aws/kms-key";
import { lambdaFunction } from "./aws/lambda-function";
import { lambdaPermission } from "./aws/lambda-permission";
import { secret } from "./aws/secret";
import { secretPolicy } from "./aws/secret-policy";
import { secretRotation } from "./aws/secret-rotation";
import { secretVersion } from "./aws/secret-version";
import type { Provider } from "./protocol/resource";

/**
 * Stands in for the official aws provider in a rehearsal, for the resources that the components use. It translates them into calls of
 * AWS's own APIs, through AWS's own clients, as the official provider does (order and number of the calls included), and refuses every
 * end point that is not on this machine.
 */
export const awsProvider: Provider<Aws> = {
  name: "aws",
  version: "7.48.0",
  config: awsConfig,
  configure: configureAws,
  resources: [
    secret,
    secretVersion,
    secretPolicy,
    secretRotation,
    iamRole,
    iamPolicy,
    iamRolePolicy,
    iamRolePolicyAttachment,
    kmsKey,
    lambdaFunction,
    lambdaPermission,
    ecsTaskDefinition,
  ],
  functions: [getSecretVersions],
};
