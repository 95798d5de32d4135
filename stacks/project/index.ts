import * as pulumi from "@pulumi/pulumi";
import { Verification } from "../../components/verification";
import { Configuration, recordOf } from "../configuration";
import { rowsHook } from "../mgmt-vibe/rows";
import { adminOf, databaseUsers } from "../self-hosted/database";
import { functionTokens } from "./aws";
import { entryOf } from "./inventory";
import { projectLocal } from "./local";
import { requireValues } from "./references";
import { projectSecrets } from "./secrets";
import { readProjectSettings } from "./settings";
import { projectBackends } from "./stores";
import { projectWorkloads } from "./workloads";

/**
 * project: a backend, its agents and their search on Kubernetes, with a PostgreSQL database. Its twelve secrets, the database users, the
 * objects that the workloads refer to, and the stores (AWS Secrets Manager, Vault or both) that keep every secret. A value is
 * published in those stores once the database and the workloads have it. Returns where its workloads are reached, and the generation of each
 * secret that a rotation function rotates.
 */
export function project(configuration: Configuration): Record<string, pulumi.Output<string>> {
  const { environment, records } = configuration;
  const settings = readProjectSettings(configuration.settings("project"), environment);
  const admin = adminOf("project", configuration, settings.database);
  const { hook: beforeRetirement, ...verification } = verified();
  const rows = rowsHook("project-rows", {
    admin,
    ownerRole: settings.database.ownerRole,
    record: recordOf(records, "ENCRYPTION_KEY"),
    job: `kubectl -n ${settings.kubernetes.namespace} exec deployment/backend -- re-encrypt`,
  });
  const secrets = projectSecrets(configuration, settings, { rows, beforeRetirement });
  requireValues(secrets, settings);
  projectLocal(configuration, settings, secrets);
  const users = databaseUsers("project", {
    settings: settings.database,
    admin,
    record: recordOf(records, "POSTGRES_PASSWORD"),
    credential: secrets.database,
    beforeRetirement,
  });
  const stored = { configuration, settings, secrets, beforeRetirement };
  const tokens = functionTokens(stored);
  const { workloads, jobs } = projectWorkloads({
    ...{ settings, secrets, users, beforeRetirement },
    synced: tokens.ready,
  });
  const after = [users, ...Object.values(workloads), ...jobs];
  const byFunction = projectBackends({ ...stored, tokens, after });
  const { exposed } = settings.kubernetes;
  for (const workload of ["backend", "agents"] as const)
    if (exposed.includes(workload)) verification.expect(workloads[workload].uri);
  return {
    ...Object.fromEntries(
      exposed.map((workload) => [outputName(workload), workloads[workload].uri]),
    ),
    ...Object.fromEntries(
      Object.entries(byFunction).map(([secret, generation]) => [
        `${outputName(entryOf(secret))}Generation`,
        generation.apply(String),
      ]),
    ),
  };
}

/** `projectBackend`, `projectMeiliApiKey`. */
function outputName(dashed: string): string {
  const words = dashed.split("-").map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return `project${words.join("")}`;
}

/** Only what has an address outside the cluster can be asked from here; the cluster asks the others before a rollout goes on. */
function verified() {
  const verification = new Verification("project");
  return {
    hook: verification.hook,
    expect: (uri: pulumi.Output<string>) => verification.expect(pulumi.interpolate`${uri}/readyz`),
  };
}
