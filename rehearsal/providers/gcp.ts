import { configureGcp, type Gcp, gcpConfig } from "./gcp/config";
import { secretIamMember, serviceIamMember } from "./gcp/iam-members";
import { runJob } from "./gcp/run-job";
import { runService } from "./gcp/run-service";
import { secret } from "./gcp/secret";
import { secretVersion } from "./gcp/secret-version";
import { serviceAccount } from "./gcp/service-account";
import { serviceAccountKey } from "./gcp/service-account-key";
import { sqlUser } from "./gcp/sql-user";
import type { Provider } from "./protocol/resource";

/**
 * Stands in for the official gcp provider in a rehearsal, for the resources that the stacks use. It
 * translates them into calls of Google's own REST APIs, through the client that the operator's commands
 * use, and refuses every endpoint that is not on this machine.
 */
export const gcpProvider: Provider<Gcp> = {
  name: "gcp",
  version: "9.37.0",
  config: gcpConfig,
  configure: configureGcp,
  resources: [
    secret,
    secretVersion,
    secretIamMember,
    sqlUser,
    runService,
    runJob,
    serviceIamMember,
    serviceAccount,
    serviceAccountKey,
  ],
};
