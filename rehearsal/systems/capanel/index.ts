import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { SecretText } from "../../../components/secret-text";
import type { Project } from "../../project";
import { startTraffic } from "../../traffic";
import { logIn } from "../probes";
import type { Held, Holdings, Stage, SystemRehearsal } from "../system";
import { held } from "../system";
import { CapanelClouds, GOOGLE, startCapanelClouds } from "./clouds";
import { seedDatabases } from "./database";
import { bearer, requests } from "./load";
import { ADMIN, ENTRIES, LOCAL, LOGIN, api } from "./parts";
import { TRIALS, evidence } from "./trials";

/** How capanel is rehearsed: a Google Cloud system, and a developer's database and env file beside it. */
export const capanelRehearsal: SystemRehearsal<CapanelClouds> = {
  name: "capanel",
  walk: "rotation",
  providers: ["random", "gcp", "command"],
  start: startCapanelClouds,
  prepare,
  issue: ({ strapi }) => new Map([["VITE_STRAPI_API_KEY", new SecretText(strapi.issue())]]),
  traffic: (stage, rate) =>
    startTraffic({
      requests: requests(api(stage), String(stage.outputs["capanelWeb"])),
      rate,
      logIn: () => session(stage),
    }),
  hold,
  revoke: ({ clouds }, old) => {
    clouds.strapi.revoke(held(old, "VITE_STRAPI_API_KEY").value.reveal());
    return Promise.resolve();
  },
  trials: TRIALS,
  evidence,
};

async function session(stage: Stage<CapanelClouds>): Promise<Record<string, string>> {
  const password = await latest(stage.clouds, "FIRST_SUPERUSER_PASSWORD");
  return bearer(api(stage), ADMIN, password);
}

async function prepare(clouds: CapanelClouds, { work }: Project): Promise<Record<string, unknown>> {
  const localPassword = new SecretText(randomBytes(24).toString("base64url"));
  await seedDatabases(clouds.postgres, localPassword);
  const envFile = join(work, ".env");
  await writeFile(envFile, `# of this machine\nPOSTGRES_PASSWORD=${localPassword.reveal()}\n`, {
    mode: 0o600,
  });
  return {
    ...clouds.google.settings,
    "rekey:environment": "dev",
    "rekey:systems": ["capanel"],
    "rekey:issuers": { strapi: clouds.strapi.url },
    "rekey:external": { VITE_STRAPI_API_KEY: { a: await putIntoStore(clouds) } },
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
async function putIntoStore({ google, strapi }: CapanelClouds) {
  const { secretManager } = google.client;
  const id = "capanel-vite-strapi-api-key";
  await secretManager.createSecret(GOOGLE.project, id, { replication: { automatic: {} } });
  const name = `projects/${GOOGLE.project}/secrets/${id}`;
  await secretManager.addVersion(name, new SecretText(strapi.issue()));
  return { generation: 1, version: `${name}/versions/1` };
}

async function latest({ google }: CapanelClouds, name: string): Promise<SecretText> {
  const path = `projects/${GOOGLE.project}/secrets/${ENTRIES[name]}/versions/latest`;
  return (await google.client.secretManager.accessVersion(path)).value;
}

async function hold(stage: Stage<CapanelClouds>): Promise<Holdings> {
  const value = (name: string) => latest(stage.clouds, name);
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
async function runningUser({ clouds: { google } }: Stage<CapanelClouds>): Promise<string> {
  const name = `projects/${GOOGLE.project}/locations/${GOOGLE.region}/services/capanel-api`;
  const service = (await google.client.run.get(name)) as unknown as {
    template: { containers: { env: { name: string; value?: string }[] }[] };
  };
  const env = service.template.containers[0]?.env ?? [];
  const user = env.find((entry) => entry.name === "POSTGRES_USER")?.value;
  if (user === undefined) throw new Error("the service runs without POSTGRES_USER");
  return user;
}

async function localPassword({ project }: Stage<CapanelClouds>): Promise<SecretText> {
  const found = parseEnv(await readFile(join(project.work, ".env"), "utf8"))["POSTGRES_PASSWORD"];
  if (found === undefined) throw new Error(".env holds no POSTGRES_PASSWORD");
  return new SecretText(found);
}
