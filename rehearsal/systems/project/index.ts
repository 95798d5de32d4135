import type { SecretText } from "../../../components/secret-text";
import type { SystemRehearsal } from "../system";
import { afterMove } from "./after-move";
import { ProjectClouds, startProjectClouds } from "./clouds";
import { runJob, variablesOf } from "./cluster";
import { notConverged } from "./convergence";
import { evidence, noteWrites, writtenSince } from "./evidence";
import { hold } from "./hold";
import { fillIndex, projectTraffic } from "./load";
import { subscribeBrowsers, subscribersOf } from "./push";
import { snapshot } from "./snapshot";
import { prepare, valuesOf } from "./settings";
import { TRIALS } from "./trials";

/** How project is rehearsed: three workloads in a cluster, the chosen stores, and a rotation tier by tier; the pair of Web Push goes through every move. */
export const projectRehearsal: SystemRehearsal<ProjectClouds> = {
  name: "project",
  walk: "rotation",
  inTiers: true,
  everyMove: ["VAPID_PRIVATE_KEY"],
  toStore: ["OPENROUTER_API_KEY", "GMAIL_CLIENT_SECRET"],
  providers: ["random", "tls", "postgresql", "kubernetes", "aws", "vault"],
  start: startProjectClouds,
  prepare,
  issue: (clouds) => {
    clouds.issued = { openrouter: clouds.openrouter.issue(), gmail: clouds.google.issue() };
    return valuesOf(clouds);
  },
  traffic: async ({ clouds }, rate) => {
    const { MEILI_MASTER_KEY: key } = await variablesOf(clouds, "search");
    await fillIndex(clouds, key as SecretText);
    const browsers = await subscribeBrowsers(clouds);
    await noteWrites(clouds);
    return projectTraffic(clouds, rate, browsers);
  },
  hold,
  afterMove,
  cutOver: async ({ clouds }, now) => {
    if (now.has("ENCRYPTION_KEY")) await runJob(clouds, "project-re-encrypt");
    if (now.has("VAPID_PRIVATE_KEY")) subscribersOf(clouds).browsers.allowEnd();
  },
  revoke: ({ clouds }, old) => {
    const [openrouter, gmail] = [old.get("OPENROUTER_API_KEY"), old.get("GMAIL_CLIENT_SECRET")];
    if (openrouter) clouds.openrouter.revoke(openrouter.value);
    if (gmail) clouds.google.revoke(gmail.value);
    return Promise.resolve();
  },
  snapshot,
  trials: TRIALS,
  evidence,
  unchanged: async (stage) => [
    ...(await writtenSince(stage.clouds)),
    ...(await notConverged(stage)),
  ],
  storesOf: ({ counted, opened }, stores) =>
    stores.filter(
      (store) =>
        !(store.startsWith("aws-") && !counted) && !(store.startsWith("vault-") && !opened),
    ),
};
