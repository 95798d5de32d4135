import { GOOGLE } from "../clouds";
import { ADMIN, ENTRIES, LOCAL, LOGIN, ME, api, held } from "./capanel-parts";
import { logIn, tryBearer, tryDatabase } from "./probes";
import type { Answer, Held, Holdings, Stage, Verdict } from "./system";

type Try = (stage: Stage, what: Held) => Promise<Answer>;

/** How each secret is tried, and what that is called in the evidence. */
const TRIALS: Readonly<Record<string, { readonly what: string; readonly attempt: Try }>> = {
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

/** Tries what was held before and what is held now against everything that took it. */
export async function judgeCapanel(
  stage: Stage,
  old: Holdings,
  now: Holdings,
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (const [name, { what, attempt }] of Object.entries(TRIALS)) {
    const verdict = {
      old: await attempt(stage, held(old, name)),
      new: await attempt(stage, held(now, name)),
    };
    verdicts.set(name, {
      ...verdict,
      evidence: [
        `${what}: old ${verdict.old}, new ${verdict.new}`,
        ...(await storeEvidence(stage, name)),
        ...(name === "VITE_STRAPI_API_KEY" ? await bundleEvidence(stage, old, now) : []),
      ],
    });
  }
  return verdicts;
}

async function storeEvidence({ google }: Stage, name: string): Promise<string[]> {
  const entry = ENTRIES[name];
  if (entry === undefined) return [];
  const versions = await google.secretManager.listVersions(
    `projects/${GOOGLE.project}/secrets/${entry}`,
  );
  const states = versions
    .map((version) => `${version.name.split("/").at(-1)} ${version.state}`)
    .reverse();
  return [`versions of ${entry}: ${states.join(", ")}`];
}

/** The key is in code that every browser loads: public by nature, so what counts is that the bundle has the new one only. */
async function bundleEvidence({ outputs }: Stage, old: Holdings, now: Holdings): Promise<string[]> {
  const answer = await fetch(`${String(outputs["capanelWeb"])}/assets/app.js`);
  const bundle = await answer.text();
  const has = (holdings: Holdings) =>
    bundle.includes(held(holdings, "VITE_STRAPI_API_KEY").value.reveal());
  if (!has(now) || has(old)) throw new Error("the front end was not rebuilt with the new key");
  return ["public: the front end's bundle was rebuilt; it holds the new key and not the old one"];
}

function at({ host, port }: Stage["clouds"]["postgres"]) {
  return { host, port };
}
