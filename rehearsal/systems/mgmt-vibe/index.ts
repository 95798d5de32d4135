import { createHmac } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { writeParts } from "../../../components/parts";
import { API_KEY_PARTS } from "../../../components/secrets/api-key-pair";
import { Variables, readEnvFile } from "../../clouds/host/env-file";
import type { Project } from "../../project";
import { generatedValues } from "../../state-secrets";
import { startTraffic } from "../../traffic";
import { tryBearer, tryDatabase } from "../probes";
import { databaseConnections } from "../self-hosted/connections";
import { asAdministrator, seedDatabase } from "../self-hosted/database";
import { machineCredentials, machineSettings } from "../self-hosted/machine";
import { snapshot } from "../self-hosted/snapshot";
import { databaseWorkers } from "../self-hosted/workers";
import { Held, Holdings, Stage, SystemRehearsal, Trial, held } from "../system";
import { MgmtVibeClouds, startMgmtVibeClouds } from "./clouds";
import { account, cookieOf, cookieStatus, requests, tryCookie } from "./load";
import { DATABASE, openSeeded, seedRows, tryKey } from "./rows";

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
  trials: trials(),
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

async function hold(
  stage: Stage<MgmtVibeClouds>,
  which: "active" | "staged" = "active",
): Promise<Holdings> {
  const { machine, issued } = stage.clouds;
  const env = await readEnvFile(machine.envFile);
  const of = (name: string) => new SecretText(env[name] ?? "");
  const cookie = await cookieOf(machine.url);
  if (which === "active")
    return new Map<string, Held>([
      ["SESSION_SECRET", { value: of("SESSION_SECRET"), signed: cookie }],
      [
        "DATABASE_PASSWORD",
        { value: of("POSTGRES_PASSWORD"), username: env["POSTGRES_USER"] ?? "" },
      ],
      ["OPENAI_API_KEY", { value: of("OPENAI_API_KEY") }],
      [
        "STRIPE_KEYS",
        { value: of("STRIPE_SECRET_KEY"), username: env["STRIPE_PUBLISHABLE_KEY"] ?? "" },
      ],
      ["ENCRYPTION_KEY", heldKey(keysOf(env)[0])],
    ]);
  const generated = await generatedValues(stage.project, stage.engine);
  const idle = env["POSTGRES_USER"]?.endsWith("_a") === true ? "b" : "a";
  const session = generated.get(`mgmt-vibe-session-${idle}`);
  const password = generated.get(`mgmt-vibe-database-${idle}`);
  if (!session || !password) throw new Error("nothing is staged");
  return new Map<string, Held>([
    ["SESSION_SECRET", { value: session, signed: signedAnew(cookie, session) }],
    ["DATABASE_PASSWORD", { value: password, username: `${DATABASE}_${idle}` }],
    ["OPENAI_API_KEY", { value: issued.openai }],
    ["STRIPE_KEYS", { value: issued.stripe.secret, username: issued.stripe.publishable }],
    ["ENCRYPTION_KEY", heldKey(keysOf(env).at(-1))],
  ]);
}

/** A key of the keyring and the number that its ciphertexts start with. */
interface NumberedKey {
  readonly key: SecretText;
  readonly version: string;
}

/** The keys in the env file: the active one first, a staged one last. */
function keysOf(env: Variables): NumberedKey[] {
  const versions = env["ENCRYPTION_KEY_VERSIONS"]?.split(",") ?? [];
  const keys = env["ENCRYPTION_KEY"]?.split(",") ?? [];
  return keys.map((key, at) => ({ key: new SecretText(key), version: versions[at] ?? "" }));
}

function heldKey(key: NumberedKey | undefined): Held {
  if (!key) throw new Error("the env file has no encryption key");
  return { value: key.key, username: key.version };
}

/** The cookie of the same session as a holder of another secret would sign it. */
function signedAnew(cookie: SecretText, secret: SecretText): SecretText {
  const sid = cookie.reveal().split("=")[1]?.split(".")[0] ?? "";
  const mac = createHmac("sha256", secret.reveal()).update(`session=${sid}`).digest("base64url");
  return new SecretText(`session=${sid}.${mac}`);
}

function trials(): Readonly<Record<string, Trial<MgmtVibeClouds>>> {
  return {
    SESSION_SECRET: {
      what: "a session's cookie at /api/me",
      attempt: ({ clouds }, it) => tryCookie(`${clouds.machine.url}/api/me`, cookieIn(it)),
      status: ({ clouds }, it) => cookieStatus(`${clouds.machine.url}/api/me`, cookieIn(it)),
    },
    DATABASE_PASSWORD: {
      what: `log-in to the database ${DATABASE} (SCRAM-SHA-256)`,
      attempt: ({ clouds: { postgres } }, { username, value }) =>
        tryDatabase({
          host: postgres.host,
          port: postgres.port,
          database: DATABASE,
          user: String(username),
          password: value,
        }),
    },
    OPENAI_API_KEY: {
      what: "a request to the issuer's API",
      attempt: ({ clouds }, { value }) => tryBearer(`${clouds.openai.url}/v1/models`, value),
    },
    STRIPE_KEYS: {
      what: "a request to the issuer's API with the secret key",
      attempt: ({ clouds }, { value }) => tryBearer(`${clouds.stripe.url}/v1/balance`, value),
    },
    ENCRYPTION_KEY: {
      what: "a row encrypted with the key, read by the application",
      attempt: ({ clouds }, it) => tryKey(clouds.machine, it),
    },
  };
}

function cookieIn({ signed }: Held): SecretText {
  if (!signed) throw new Error("no cookie is held");
  return signed;
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
