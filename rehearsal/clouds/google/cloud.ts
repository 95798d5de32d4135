/** The project of the fake: makes what the services share. */
import { AccountStore } from "./accounts";
import { AuditLog } from "./audit";
import type { CloudContext } from "./context";
import { denied, notFound } from "./errors";
import type { Faults } from "./faults";
import { OperationStore } from "./operations";
import { PolicyStore } from "./policies";
import { accessSecret } from "./secret-access";
import { SecretStore } from "./secret-store";
import { TokenStore } from "./tokens";
import { WriteLog } from "./writes";

/** Names of the project and of its owner. */
export interface CloudOptions {
  readonly project: string;
  readonly region: string;
  /** Twelve digits. Default: 123456789012. */
  readonly projectNumber?: string;
  /** The owner's bearer. Without it, any bearer is the owner's but those of service accounts. */
  readonly token?: string;
  /** The owner's address in audit entries. Default: `operator@example.com`. */
  readonly ownerEmail?: string;
}

/** The shared context with what only the server uses. */
export class Cloud implements CloudContext {
  readonly project: string;
  readonly projectNumber: string;
  readonly region: string;
  readonly writes = new WriteLog();
  readonly faults: Faults = { before: () => undefined, after: () => undefined };
  readonly operations = new OperationStore();
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly policies: PolicyStore;
  readonly secrets: SecretStore;
  readonly tokens: TokenStore;
  /** Set once the server listens. */
  url = "";
  private readonly ends: (() => void | Promise<void>)[] = [];

  constructor(options: CloudOptions) {
    this.project = options.project;
    this.projectNumber = options.projectNumber ?? "123456789012";
    this.region = options.region;
    this.audit = new AuditLog(this.project);
    this.accounts = new AccountStore(this.project);
    this.policies = new PolicyStore((email) => this.accounts.exists(email));
    this.secrets = new SecretStore(`projects/${this.projectNumber}`, this.policies);
    const owner = `user:${options.ownerEmail ?? "operator@example.com"}`;
    this.tokens = new TokenStore(this.project, this.accounts, options.token, owner);
  }

  requireProject(project: string): void {
    if (project === this.project || project === this.projectNumber) return;
    throw denied(`Permission denied on resource project ${project}.`, [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "CONSUMER_INVALID",
        domain: "googleapis.com",
        metadata: { consumer: `projects/${project}` },
      },
    ]);
  }

  accessSecret(secretId: string, version: string, asMember: string): string {
    const caller = { member: asMember, owner: false };
    return accessSecret(this, secretId, version, caller).data.toString("utf8");
  }

  requireServiceAccount(email: string): void {
    if (email === `${this.projectNumber}-compute@developer.gserviceaccount.com`) return;
    const account = this.accounts.get(email);
    if (account.disabled) throw notFound(`Service account ${email} is disabled.`);
  }

  onStop(end: () => void | Promise<void>): void {
    this.ends.push(end);
  }

  /** Ends what the services registered, the latest first, then waits for running operations. Every end is tried. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    await this.operations.settled();
    if (failures.length > 0) throw new AggregateError(failures, "the fake could not stop cleanly");
  }
}
