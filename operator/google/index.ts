import { SecretText } from "../../components/secret-text";
import { Iam } from "./iam";
import { Logging } from "./logging";
import { ResourceManager } from "./resource-manager";
import { CloudRun } from "./run";
import { SecretManager } from "./secret-manager";
import { SqlAdmin } from "./sql";
import { type Patience, Transport } from "./transport";

export { GoogleApiError, isAlreadyExists, isNotFound } from "./errors";
export type { Iam, ServiceAccount, ServiceAccountKey } from "./iam";
export type { LogEntry, Logging } from "./logging";
export * from "./policies";
export type { ResourceManager } from "./resource-manager";
export type { CloudRun, RunKind, RunObject, RunOperation } from "./run";
export type { Secret, SecretManager, SecretVersion } from "./secret-manager";
export type { SqlAdmin, SqlInstance, SqlOperation, SqlUser, SqlUserWrite } from "./sql";
export type { Patience } from "./transport";

/** Where each API answers: base addresses with their version, as the Pulumi provider's custom endpoints. */
export interface GoogleEndpoints {
  secretManager: string;
  sql: string;
  run: string;
  iam: string;
  resourceManager: string;
  logging: string;
}

/** Google's own addresses. */
export const googleEndpoints: GoogleEndpoints = {
  secretManager: "https://secretmanager.googleapis.com/v1/",
  sql: "https://sqladmin.googleapis.com/sql/v1beta4/",
  run: "https://run.googleapis.com/v2/",
  iam: "https://iam.googleapis.com/v1/",
  resourceManager: "https://cloudresourcemanager.googleapis.com/v1/",
  logging: "https://logging.googleapis.com/v2/",
};

/** How to reach Google. */
export interface GoogleClientOptions {
  /** Addresses that differ from Google's own. A missing final slash is added. */
  endpoints?: Partial<GoogleEndpoints> | undefined;
  /** A bearer token to use as it is. Default: application default credentials, looked up at the first call. */
  accessToken?: SecretText | string | undefined;
  /** Time-outs and retries; milliseconds. */
  patience?: Partial<Patience> | undefined;
  /** Ends waits and calls early. */
  signal?: AbortSignal | undefined;
}

/** The APIs that rekey uses, behind one set of credentials. */
export interface GoogleClient {
  secretManager: SecretManager;
  sql: SqlAdmin;
  run: CloudRun;
  iam: Iam;
  resourceManager: ResourceManager;
  logging: Logging;
}

/** A client of Google's REST APIs. Nothing is sent, and no credential is looked for, before the first call. */
export function googleClient(options: GoogleClientOptions = {}): GoogleClient {
  const { accessToken, patience, signal } = options;
  const token = typeof accessToken === "string" ? new SecretText(accessToken) : accessToken;
  const transport = new Transport({ accessToken: token, patience, signal });
  const base = (key: keyof GoogleEndpoints) => {
    const address = options.endpoints?.[key] ?? googleEndpoints[key];
    return address.endsWith("/") ? address : `${address}/`;
  };
  return {
    secretManager: new SecretManager(transport, base("secretManager")),
    sql: new SqlAdmin(transport, base("sql")),
    run: new CloudRun(transport, base("run")),
    iam: new Iam(transport, base("iam")),
    resourceManager: new ResourceManager(transport, base("resourceManager")),
    logging: new Logging(transport, base("logging")),
  };
}
