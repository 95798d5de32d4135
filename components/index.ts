/** The public surface of the library. */
export * from "./accepted";
export * from "./access/aws-secret-reader";
export * from "./access/kubernetes-secret-reader";
export * from "./access/secret-reader";
export * from "./access/vault-app-role";
export * from "./access/vault-kubernetes-role";
export type { VaultPath, VaultRoleArgs } from "./access/vault-policy";
export type { AwsSecretEnv } from "./consumers/aws-pinned";
export * from "./consumers/cloud-run";
export * from "./consumers/cloud-run-job";
export * from "./consumers/cloud-run-service";
export * from "./consumers/cloud-sql-users";
export * from "./consumers/compose-host";
export * from "./consumers/compose-job";
export * from "./consumers/kubernetes-cron-job";
export * from "./consumers/kubernetes-env";
export type { WorkloadData } from "./consumers/kubernetes-volumes";
export * from "./consumers/kubernetes-workload";
export * from "./consumers/developer-env-file";
export * from "./consumers/ecs-task-definition";
export * from "./consumers/lambda-service";
export * from "./consumers/local-env-file";
export type { PostgresAdmin } from "./consumers/postgres-admin";
export * from "./consumers/postgres-roles";
export type { AcceptedAt } from "./consumers/rotation-acceptance";
export * from "./consumers/rotation-function";
export * from "./errors";
export * from "./external";
export * from "./generations";
export * from "./inventory";
export * from "./parts";
export * from "./periods";
export * from "./records";
export * from "./rotation";
export * from "./secrets/admin-password";
export * from "./secrets/api-key-pair";
export * from "./secrets/backup-key";
export * from "./secrets/database-credential";
export * from "./secrets/external-key";
export * from "./secrets/jwt-key";
export type { AdoptedKeyPair, KeyGeneration } from "./secrets/key-pair";
export * from "./secrets/keyring";
export * from "./secrets/password";
export * from "./secrets/provider-credential";
export * from "./secrets/service-identity";
export * from "./secrets/session-secret";
export * from "./secrets/token";
export * from "./secrets/vapid-pair";
export * from "./secrets/webhook-secret";
export * from "./stores/aws-secrets-manager";
export {
  DECLARED_LABEL,
  currentGeneration,
  generationLabel,
  labelledGeneration,
} from "./stores/aws-staging-labels";
export * from "./stores/google-secret-manager";
export * from "./stores/kubernetes-secret";
export * from "./stores/vault-kv";
export * from "./stores/vault-shared-path";
export { TEST_MARK, refuseTestValue } from "./test-values";
export * from "./verification";
