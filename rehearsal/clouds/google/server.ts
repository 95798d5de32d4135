/**
 * A fake of Google Cloud over HTTP on loopback: Secret Manager, Cloud SQL users on a real PostgreSQL, IAM, Cloud Run, audit logs;
 * faithful in what the stacks use, and an error for everything else. State is in memory and ends with the server.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Cloud, type CloudOptions } from "./cloud";
import type { CloudContext } from "./context";
import { controlRoutes } from "./control";
import { type FaultRule, type Faults, faultsOf } from "./faults";
import { listener } from "./http";
import { iamRoutes } from "./iam";
import { loggingRoutes } from "./logging";
import { operationRoutes } from "./operations";
import { resourceManagerRoutes } from "./resource-manager";
import { type Route, Router } from "./router";
import { secretManagerRoutes } from "./secret-manager";
import { sqlAdminRoutes } from "./sql-admin";
import type { SqlAnswers } from "./sql-operations";
import type { PostgresTarget } from "./sql-users";
import { tokenRoutes } from "./token-endpoint";
import type { WriteLog } from "./writes";

/** How the fake is started. */
export interface FakeGoogleOptions extends CloudOptions {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** The PostgreSQL behind the Cloud SQL instance. Without it, Cloud SQL is not served. */
  readonly postgres?: PostgresTarget;
  /** When a change of a SQL user is answered. Default: `done`. */
  readonly sqlAnswers?: SqlAnswers;
  /** Faults from the start, as plain data. */
  readonly faults?: readonly FaultRule[];
  /** Further services, each a function from the shared context to its routes. */
  readonly services?: readonly ((ctx: CloudContext) => Route[])[];
  /** Gets every exception that is a mistake of the fake itself; the client sees a 500. Default: standard error, without the request. */
  readonly report?: (error: unknown) => void;
}

/** Where each API answers, in the two forms that are asked for. */
export interface FakeEndpoints {
  /** Settings of the Pulumi provider `gcp`. */
  readonly provider: {
    readonly secretManagerCustomEndpoint: string;
    readonly sqlCustomEndpoint: string;
    readonly cloudRunV2CustomEndpoint: string;
    readonly iamCustomEndpoint: string;
    readonly resourceManagerCustomEndpoint: string;
    readonly loggingCustomEndpoint: string;
  };
  /** Addresses for the operator's Google client. */
  readonly operator: {
    readonly secretManager: string;
    readonly sql: string;
    readonly run: string;
    readonly iam: string;
    readonly resourceManager: string;
    readonly logging: string;
  };
}

/** A running fake. */
export interface FakeGoogle {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly context: CloudContext;
  /** Changes that took effect, by kind and resource. */
  readonly writes: WriteLog;
  /** Set its hooks to inject errors. */
  readonly faults: Faults;
  endpoints(): FakeEndpoints;
  /** A token for a service account, as a workload gets one from its metadata server. */
  tokenFor(email: string): string;
  /** Cuts every connection, ends processes and pools. Safe to repeat. */
  stop(): Promise<void>;
}

/** Starts the fake; resolves once it listens. Fails when the port is taken. */
export async function startFakeGoogle(options: FakeGoogleOptions): Promise<FakeGoogle> {
  const cloud = new Cloud(options);
  Object.assign(cloud.faults, faultsOf(options.faults ?? []));
  const router = new Router().add(routes(cloud, options));
  const server = createServer(listener(cloud, router, options.report ?? reportToStderr));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  cloud.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await cloud.stop();
  };
  return {
    url: cloud.url,
    context: cloud,
    writes: cloud.writes,
    faults: cloud.faults,
    endpoints: () => endpointsOf(cloud.url),
    tokenFor: (email) => cloud.tokens.issue(email),
    stop: () => (stopping ??= stop()),
  };
}

/** The address of each API below the fake's base address. */
export function endpointsOf(url: string): FakeEndpoints {
  const v1 = `${url}/v1/`;
  const v2 = `${url}/v2/`;
  const sql = `${url}/sql/v1beta4/`;
  return {
    provider: {
      secretManagerCustomEndpoint: v1,
      sqlCustomEndpoint: sql,
      cloudRunV2CustomEndpoint: v2,
      iamCustomEndpoint: v1,
      resourceManagerCustomEndpoint: v1,
      loggingCustomEndpoint: v2,
    },
    operator: { secretManager: v1, sql, run: v2, iam: v1, resourceManager: v1, logging: v2 },
  };
}

function routes(cloud: Cloud, options: FakeGoogleOptions): Route[] {
  const { postgres, sqlAnswers = "done", services = [] } = options;
  return [
    ...controlRoutes(cloud),
    ...tokenRoutes(cloud),
    ...secretManagerRoutes(cloud),
    ...(postgres ? sqlAdminRoutes(cloud, postgres, sqlAnswers) : []),
    ...iamRoutes(cloud),
    ...resourceManagerRoutes(cloud),
    ...loggingRoutes(cloud),
    ...operationRoutes(cloud.operations),
    ...services.flatMap((service) => service(cloud)),
  ];
}

function reportToStderr(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`fake Google Cloud: ${text}\n`);
}
