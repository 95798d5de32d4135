import { auditFilter, exposure } from "../../../operator/audit";
import { CAPANEL_SECRETS } from "../../../stacks/capanel/inventory";
import type { Holdings, Stage, Trial } from "../system";
import { held } from "../system";
import { logIn, tryBearer, tryDatabase } from "../probes";
import { CapanelClouds, GOOGLE } from "./clouds";
import { ADMIN, ENTRIES, LOCAL, LOGIN, ME, api } from "./parts";

/** How each secret of capanel is tried. */
export const TRIALS: Readonly<Record<string, Trial<CapanelClouds>>> = {
  CLOUD_SQL_PASSWORD: {
    what: "log-in to the database capanel (SCRAM-SHA-256)",
    attempt: ({ clouds: { postgres } }, { username, value }) =>
      tryDatabase({
        ...at(postgres),
        database: "capanel",
        user: String(username),
        password: value,
      }),
  },
  SECRET_KEY: {
    what: `a session's token at ${ME}`,
    attempt: (stage, { signed }) => {
      if (!signed) throw new Error("no token is held");
      return tryBearer(`${api(stage)}${ME}`, signed);
    },
  },
  FIRST_SUPERUSER_PASSWORD: {
    what: "the administrator's log-in",
    attempt: async (stage, { value }) =>
      (await logIn(`${api(stage)}${LOGIN}`, ADMIN, value)) === "refused" ? "refused" : "accepted",
  },
  VITE_STRAPI_API_KEY: {
    what: "a request to the issuer's API",
    attempt: ({ clouds }, { value }) => tryBearer(`${clouds.strapi.url}/api/articles`, value),
  },
  POSTGRES_PASSWORD: {
    what: "log-in to the developer's database (SCRAM-SHA-256)",
    attempt: ({ clouds: { postgres } }, { value }) =>
      tryDatabase({ ...at(postgres), ...LOCAL, password: value }),
  },
};

/** What can be seen in the store of each secret, in its audit logs, and in the front end's bundle. */
export async function evidence(
  stage: Stage<CapanelClouds>,
  old: Holdings,
  now: Holdings,
): Promise<Record<string, string[]>> {
  const seen: Record<string, string[]> = {};
  for (const [name, entry] of Object.entries(ENTRIES))
    seen[name] = [
      await storeEvidence(stage.clouds, entry),
      await auditEvidence(stage.clouds, name, entry),
    ];
  seen["VITE_STRAPI_API_KEY"]?.push(await bundleEvidence(stage, old, now));
  return seen;
}

async function storeEvidence({ google }: CapanelClouds, entry: string): Promise<string> {
  const versions = await google.client.secretManager.listVersions(
    `projects/${GOOGLE.project}/secrets/${entry}`,
  );
  const states = versions
    .map((version) => `${version.name.split("/").at(-1)} ${version.state}`)
    .reverse();
  return `versions of ${entry}: ${states.join(", ")}`;
}

/** Who read the secret, or made credentials, from the day of its first version on: the query of `rekey audit` and what it finds. */
async function auditEvidence(
  { google }: CapanelClouds,
  name: string,
  entry: string,
): Promise<string> {
  const { secretManager, logging } = google.client;
  const { createTime } = await secretManager.getSecret(
    `projects/${GOOGLE.project}/secrets/${entry}`,
  );
  const window = exposure(String(createTime).replace(/\.\d+Z$/, "Z"), undefined, new Date());
  const filter = auditFilter(
    CAPANEL_SECRETS.filter((secret) => secret.name === name),
    window,
  );
  if (filter === undefined) throw new Error(`there is no audit query for ${name}`);
  const events = await logging.listEntries(GOOGLE.project, filter);
  const readers = events.map(
    ({ protoPayload }) => protoPayload?.authenticationInfo?.principalEmail ?? "unknown",
  );
  const who = [...new Set(readers)].sort().join(", ") || "nobody";
  return `audit logs from ${window.since} to ${window.until}: ${events.length} event(s), by ${who}; query: ${filter.replaceAll(/\s+/g, " ")}`;
}

/** The key is in code that every browser loads: public by nature, so what counts is that the bundle has the new one only. */
async function bundleEvidence(
  { outputs }: Stage<CapanelClouds>,
  old: Holdings,
  now: Holdings,
): Promise<string> {
  const answer = await fetch(`${String(outputs["capanelWeb"])}/assets/app.js`);
  const bundle = await answer.text();
  const has = (holdings: Holdings) =>
    bundle.includes(held(holdings, "VITE_STRAPI_API_KEY").value.reveal());
  if (!has(now) || has(old)) throw new Error("the front end was not rebuilt with the new key");
  return "public: the front end's bundle was rebuilt; it holds the new key and not the old one";
}

function at({ host, port }: CapanelClouds["postgres"]) {
  return { host, port };
}
