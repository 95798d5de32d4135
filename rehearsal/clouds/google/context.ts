/**
 * What the services of the fake share: the project's names, IAM policies, operations, counters of writes, faults.
 * A service module gets it as its only argument and plugs in as `./router` says.
 */
import type { AccountStore } from "./accounts";
import type { AuditLog } from "./audit";
import type { Faults } from "./faults";
import type { OperationStore } from "./operations";
import type { PolicyStore } from "./policies";
import type { SecretStore } from "./secret-store";
import type { TokenStore } from "./tokens";
import type { WriteLog } from "./writes";

/** A project of the fake, as all its services see it. */
export interface CloudContext {
  readonly project: string;
  /** Twelve digits; Secret Manager answers with it in resource names. */
  readonly projectNumber: string;
  readonly region: string;
  /** Base address, `http://127.0.0.1:<port>`; known once the server listens, so read it late. */
  readonly url: string;
  readonly writes: WriteLog;
  /** Set its hooks to inject errors; see `./faults`. */
  readonly faults: Faults;
  readonly policies: PolicyStore;
  /** Long-running operations of the v2 style (`projects/p/locations/l/operations/id`). */
  readonly operations: OperationStore;
  readonly audit: AuditLog;
  readonly secrets: SecretStore;
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;

  /** Throws 403 unless the path names this project, by id or by number. */
  requireProject(project: string): void;
  /**
   * Value of a secret's version for a workload, as Cloud Run reads it at the start of a revision. `version` is a number or
   * `latest`. Throws what the real service answers: 403 without `roles/secretmanager.secretAccessor` on the secret or the
   * project, 404 for an unknown one, 400 FAILED_PRECONDITION for a disabled or destroyed one.
   * @param asMember IAM member of the workload, `serviceAccount:<email>`.
   */
  accessSecret(secretId: string, version: string, asMember: string): string;
  /** Throws 404 NOT_FOUND unless the project has this enabled service account (its email). */
  requireServiceAccount(email: string): void;
  /** Registers work that ends with the server: processes to kill, pools to close. Run in reverse order by `stop()`. */
  onStop(end: () => void | Promise<void>): void;
}
