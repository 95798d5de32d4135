import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { SecretText } from "../../components/secret-text";
import { googleOfSettings } from "../../operator/google-of-stack";
import { Clouds, GOOGLE } from "../clouds";
import type { Project } from "../project";
import { Traffic, startTraffic } from "../traffic";
import { seedDatabases } from "./capanel-database";
import { judgeCapanel } from "./capanel-judge";
import { ADMIN, ENTRIES, LOCAL, LOGIN, ME, api, held } from "./capanel-parts";
import { logIn, tryBearer, tryDatabase } from "./probes";
import type { Held, Holdings, Stage, SystemRehearsal } from "./system";

/** How capanel is rehearsed: a Google Cloud system, and a developer's database and env file beside it. */
export const capanelRehearsal: SystemRehearsal = {
  name: "capanel",
  prepare,
  issue: ({ strapi }) => new Map([["VITE_STRAPI_API_KEY", new SecretText(strapi.issue())]]),
  traffic: async ({ google, outputs }, rate) =>
    startTraffic({
      url: api({ outputs }),
      webUrl: String(outputs["capanelWeb"]),
      rate,
      credentials: async () => ({
        username: ADMIN,
        password: (await latest(google, "FIRST_SUPERUSER_PASSWORD")).reveal(),
      }),
    }),
  hold,
  renew: (traffic: Traffic) => traffic.renewToken(),
  revoke: ({ clouds }, old) => {
    clouds.strapi.revoke(held(old, "VITE_STRAPI_API_KEY").value.reveal());
    return Promise.resolve();
  },
  checkGrace,
  judge: judgeCapanel,
};

async function prepare(clouds: Clouds, { work }: Project): Promise<Record<string, unknown>> {
  const localPassword = new SecretText(randomBytes(24).toString("base64url"));
  await seedDatabases(clouds.postgres, localPassword);
  const envFile = join(work, ".env");
  await writeFile(envFile, `# of this machine\nPOSTGRES_PASSWORD=${localPassword.reveal()}\n`, {
    mode: 0o600,
  });
  const settings = {
    "gcp:project": GOOGLE.project,
    "gcp:region": GOOGLE.region,
    "gcp:accessToken": clouds.google.token,
    ...Object.fromEntries(
      Object.entries(clouds.google.endpoints).map(([name, url]) => [`gcp:${name}`, url]),
    ),
  };
  return {
    ...settings,
    "rekey:environment": "dev",
    "rekey:systems": ["capanel"],
    "rekey:external": { VITE_STRAPI_API_KEY: { a: await putIntoStore(clouds, settings) } },
    "rekey:capanel": {
      project: GOOGLE.project,
      region: GOOGLE.region,
      sqlInstance: GOOGLE.instance,
      databaseServer: `${clouds.postgres.host}:${clouds.postgres.port}`,
      apiImage: GOOGLE.apiImage,
      webImage: GOOGLE.webImage,
      adminUser: ADMIN,
      local: { envFile, host: clouds.postgres.host, port: clouds.postgres.port, ...LOCAL },
    },
  };
}

/** The key in use was put into the store by hand before rekey came; the program carries the version's name only. */
async function putIntoStore(clouds: Clouds, settings: Readonly<Record<string, string>>) {
  const { secretManager } = googleOfSettings(settings);
  const id = "capanel-vite-strapi-api-key";
  await secretManager.createSecret(GOOGLE.project, id, { replication: { automatic: {} } });
  const name = `projects/${GOOGLE.project}/secrets/${id}`;
  await secretManager.addVersion(name, new SecretText(clouds.strapi.issue()));
  return { generation: 1, version: `${name}/versions/1` };
}

async function latest(google: Stage["google"], name: string): Promise<SecretText> {
  const path = `projects/${GOOGLE.project}/secrets/${ENTRIES[name]}/versions/latest`;
  return (await google.secretManager.accessVersion(path)).value;
}

async function hold(stage: Stage): Promise<Holdings> {
  const value = (name: string) => latest(stage.google, name);
  const admin = await value("FIRST_SUPERUSER_PASSWORD");
  const signed = await logIn(`${api(stage)}${LOGIN}`, ADMIN, admin);
  if (signed === "refused") throw new Error("the administrator's current password is refused");
  return new Map<string, Held>([
    [
      "CLOUD_SQL_PASSWORD",
      { value: await value("CLOUD_SQL_PASSWORD"), username: await runningUser(stage) },
    ],
    ["SECRET_KEY", { value: await value("SECRET_KEY"), signed }],
    ["FIRST_SUPERUSER_PASSWORD", { value: admin, username: ADMIN }],
    ["VITE_STRAPI_API_KEY", { value: await value("VITE_STRAPI_API_KEY") }],
    ["POSTGRES_PASSWORD", { value: await localPassword(stage), username: LOCAL.user }],
  ]);
}

/** The database user of the revision that serves. */
async function runningUser({ google }: Stage): Promise<string> {
  const name = `projects/${GOOGLE.project}/locations/${GOOGLE.region}/services/capanel-api`;
  const service = (await google.run.get(name)) as unknown as {
    template: { containers: { env: { name: string; value?: string }[] }[] };
  };
  const env = service.template.containers[0]?.env ?? [];
  const user = env.find((entry) => entry.name === "POSTGRES_USER")?.value;
  if (user === undefined) throw new Error("the service runs without POSTGRES_USER");
  return user;
}

async function localPassword({ project }: Stage): Promise<SecretText> {
  const found = parseEnv(await readFile(join(project.work, ".env"), "utf8"))["POSTGRES_PASSWORD"];
  if (found === undefined) throw new Error(".env holds no POSTGRES_PASSWORD");
  return new SecretText(found);
}

async function checkGrace(stage: Stage, old: Holdings): Promise<string[]> {
  const { postgres } = stage.clouds;
  const database = held(old, "CLOUD_SQL_PASSWORD");
  const token = held(old, "SECRET_KEY").signed as SecretText;
  const login = await tryDatabase({
    host: postgres.host,
    port: postgres.port,
    database: "capanel",
    user: String(database.username),
    password: database.value,
  });
  const session = await tryBearer(`${api(stage)}${ME}`, token);
  if (login !== "accepted" || session !== "accepted")
    throw new Error(`in grace, the old database user was ${login} and the old session ${session}`);
  return ["in grace: the old database user logs in, a session of the old key gets 200"];
}
