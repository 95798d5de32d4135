import { writeParts } from "../../../components/parts";
import { SecretText } from "../../../components/secret-text";
import { GMAIL_PARTS } from "../../../stacks/project/inventory";
import { seedDatabase } from "../self-hosted/database";
import { AWS_READERS } from "./aws-identities";
import { CountedAws, DATABASE, OpenedVault, ProjectClouds, imageOf } from "./clouds";
import { makeNamespace } from "./cluster";

/** Makes the database and the namespace, and gives the stack's settings. */
export async function prepare(clouds: ProjectClouds): Promise<Record<string, unknown>> {
  const { postgres, cluster, counted, opened, openrouter, google } = clouds;
  await seedDatabase(postgres, DATABASE);
  await makeNamespace(clouds);
  const first = [...valuesOf(clouds)].map(([name, value]) => [
    name,
    { a: { generation: 1, value } },
  ]);
  return {
    "rekey:environment": "staging",
    "rekey:systems": ["project"],
    "rekey:external": Object.fromEntries(first) as unknown,
    "rekey:issuers": { openrouter: openrouter.url, "google-oauth": google.url },
    "rekey:credentials": {
      "project-database-admin": new SecretText(postgres.adminPassword),
    },
    "kubernetes:kubeconfig": cluster.kubeconfig(),
    ...(counted ? awsSettings(counted) : {}),
    ...(opened ? vaultSettings(opened) : {}),
    "rekey:project": {
      backends: [...(counted ? ["aws"] : []), ...(opened ? ["vault"] : [])],
      ...(counted ? { aws: { roles: AWS_READERS } } : {}),
      vault: { roles: opened ? "approle" : "none" },
      kubernetes: {
        backendImage: imageOf("backend"),
        agentsImage: imageOf("agents"),
        searchImage: imageOf("search"),
        backupImage: imageOf("backup"),
        monitoringImage: imageOf("monitoring"),
        exposed: ["backend", "agents", "search"],
      },
      database: {
        host: postgres.host,
        port: postgres.port,
        name: DATABASE,
        user: DATABASE,
        ownerRole: `${DATABASE}_owner`,
        groupRole: `${DATABASE}_rights`,
        adminUser: postgres.adminUser,
        sslmode: "disable",
        drainSeconds: 10,
      },
      openrouterUrl: openrouter.url,
      googleOauthUrl: google.url,
    },
  };
}

function vaultSettings({ vault: { address, caCertFile, token } }: OpenedVault) {
  return {
    "vault:address": address,
    "vault:caCertFile": caCertFile,
    "vault:token": token,
    "vault:skipChildToken": "true",
  };
}

function awsSettings({ aws, proxy: { url } }: CountedAws) {
  const endpoints = { secretsmanager: url, iam: url, kms: url };
  return {
    "aws:region": aws.region,
    "aws:accessKey": aws.accessKeyId,
    "aws:secretKey": aws.secretAccessKey,
    "aws:endpoints": JSON.stringify([endpoints]),
    "aws:skipCredentialsValidation": "true",
    "aws:skipRequestingAccountId": "true",
  };
}

/** What the issuers gave last, as it is taken in. */
export function valuesOf({ issued, google }: ProjectClouds): Map<string, SecretText> {
  const pair = { clientId: google.clientId, secret: issued.gmail.reveal() };
  return new Map([
    ["OPENROUTER_API_KEY", issued.openrouter],
    ["GMAIL_CLIENT_SECRET", new SecretText(writeParts(pair, GMAIL_PARTS))],
  ]);
}
