import { SecretText } from "../../../components/secret-text";
import { writeParts } from "../../../components/parts";
import { API_KEY_PARTS } from "../../../components/secrets/api-key-pair";
import { readEnvFile } from "../../clouds/host/env-file";
import type { Project } from "../../project";
import { startTraffic } from "../../traffic";
import { databaseConnections } from "../self-hosted/connections";
import { asAdministrator, seedDatabase } from "../self-hosted/database";
import { machineCredentials, machineSettings } from "../self-hosted/machine";
import { snapshot } from "../self-hosted/snapshot";
import { databaseWorkers } from "../self-hosted/workers";
import { Stage, SystemRehearsal, held } from "../system";
import { MgmtVibeClouds, startMgmtVibeClouds } from "./clouds";
import { heldKey, hold, keysOf } from "./hold";
import { account, cookieOf, requests } from "./load";
import { DATABASE, openSeeded, seedRows } from "./rows";
import { TRIALS } from "./trials";

/** How mgmt-vibe is rehearsed: two instances on a machine of its own, walked through every move. */
export const mgmtVibeRehearsal: SystemRehearsal<MgmtVibeClouds> = {
  name: "mgmt-vibe",
  walk: "every-move",
  providers: ["random", "postgresql", "command"],
  start: startMgmtVibeClouds,
  prepare,
  issue: (clouds) => {
    clouds.issued = { openai: clouds.openai.issue(), stripe: clouds.stripe.issue() };
    return valuesOf(clouds);
  },
  traffic: async ({ clouds: { machine } }, rate) => {
    const session = async () => ({ cookie: (await cookieOf(machine.url)).reveal() });
    await account(machine.url);
    await seedRows(machine, heldKey(keysOf(await readEnvFile(machine.envFile))[0]).value);
    return startTraffic({
      requests: await requests(machine.url, await session()),
      workers: databaseWorkers(machine, DATABASE),
      rate,
      logIn: session,
    });
  },
  hold,
  revoke: ({ clouds }, old) => {
    clouds.openai.revoke(held(old, "OPENAI_API_KEY").value);
    const { value: secret, username: publishable = "" } = held(old, "STRIPE_KEYS");
    clouds.stripe.revoke({ publishable, secret });
    return Promise.resolve();
  },
  connections: databaseConnections("DATABASE_PASSWORD", DATABASE),
  snapshot,
  trials: TRIALS,
  evidence,
};

async function prepare(
  clouds: MgmtVibeClouds,
  _project: Project,
): Promise<Record<string, unknown>> {
  const { machine, openai, stripe } = clouds;
  await seedDatabase(machine.postgres, DATABASE);
  const first = [...valuesOf(clouds)].map(([name, value]) => [
    name,
    { a: { generation: 1, value } },
  ]);
  return {
    "rekey:environment": "staging",
    "rekey:systems": ["mgmt-vibe"],
    "rekey:external": Object.fromEntries(first) as unknown,
    "rekey:issuers": { openai: openai.url, stripe: stripe.url },
    "rekey:credentials": machineCredentials("mgmt-vibe", machine),
    "rekey:mgmt-vibe": {
      ...machineSettings(machine, DATABASE),
      stripeUrl: stripe.url,
      openaiUrl: openai.url,
    },
  };
}

function valuesOf({ issued: { openai, stripe } }: MgmtVibeClouds): Map<string, SecretText> {
  const { publishable, secret } = stripe;
  return new Map([
    ["OPENAI_API_KEY", openai],
    [
      "STRIPE_KEYS",
      new SecretText(writeParts({ publishable, secret: secret.reveal() }, API_KEY_PARTS)),
    ],
  ]);
}

async function evidence({ clouds }: Stage<MgmtVibeClouds>): Promise<Record<string, string[]>> {
  const { machine, postgres } = clouds;
  const env = await readEnvFile(machine.envFile);
  const versions = env["ENCRYPTION_KEY_VERSIONS"] ?? "";
  const rows = await asAdministrator(postgres, DATABASE, (client) =>
    client.query<{ version: number | null; rows: number }>(
      `SELECT encryption_key_version AS version, count(*)::integer AS rows FROM email_connections
       WHERE encrypted_access_token IS NOT NULL GROUP BY 1 ORDER BY 1`,
    ),
  );
  const needy = rows.rows.filter(
    ({ version }) => version === null || !versions.split(",").includes(String(version)),
  );
  if (needy.length > 0) throw new Error("rows are left that need a retired encryption key");
  const told = rows.rows.map(({ version, rows: count }) => `v${version}: ${count}`).join(", ");
  return {
    ENCRYPTION_KEY: [
      `rows by key: ${told}; keys in the env file: ${versions}`,
      await openSeeded(machine),
    ],
  };
}
