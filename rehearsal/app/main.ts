/**
 * The sample applications of the rehearsal, one program with a mode each (`APP_MODE`). Servers, until SIGTERM: `api` and `web` (capanel: a
 * control panel with log-in, items and a web bundle), `mgmt` (mgmt-vibe), `panel` (proxpanel), `project-backend`,
 * `project-agents` and `project-search` (project). Jobs, which end with exit code 0 or 1:
 * `seed-admin` (capanel, proxpanel), `revoke-sessions`, `backup` and `restore-check` (proxpanel), `backfill` and `re-encrypt` (mgmt-vibe),
 * `project-re-encrypt` (project).
 */
import { log } from "./log";
import { choice, type Env } from "./settings";

type Mode = (env: Env) => Promise<void>;

// Each loads only what it needs: starting is most of the work of a job.
const MODES: Readonly<Record<string, () => Mode>> = {
  api: () => (require("./api") as typeof import("./api")).runApi,
  web: () => (require("./web") as typeof import("./web")).runWeb,
  mgmt: () => (require("./mgmt/mgmt") as typeof import("./mgmt/mgmt")).runMgmt,
  panel: () => (require("./panel/panel") as typeof import("./panel/panel")).runPanel,
  "project-backend": () =>
    (require("./project/backend") as typeof import("./project/backend")).runBackend,
  "project-agents": () =>
    (require("./project/agents") as typeof import("./project/agents")).runAgents,
  "project-search": () =>
    (require("./project/search") as typeof import("./project/search")).runSearch,
  "project-re-encrypt": () =>
    (require("./project/re-encrypt") as typeof import("./project/re-encrypt")).reEncryptProject,
  "seed-admin": () => (require("./seed-admin") as typeof import("./seed-admin")).seedAdmin,
  "revoke-sessions": () =>
    (require("./jobs/revoke-sessions") as typeof import("./jobs/revoke-sessions")).revokeSessions,
  backup: () => (require("./jobs/backup") as typeof import("./jobs/backup")).backup,
  "restore-check": () =>
    (require("./jobs/restore-check") as typeof import("./jobs/restore-check")).restoreCheck,
  backfill: () => (require("./jobs/backfill") as typeof import("./jobs/backfill")).backfill,
  "re-encrypt": () =>
    (require("./jobs/re-encrypt") as typeof import("./jobs/re-encrypt")).reEncrypt,
};

async function main(): Promise<void> {
  const mode = choice(process.env, "APP_MODE", Object.keys(MODES));
  await MODES[mode]?.()(process.env);
}

main().catch((error: unknown) => {
  log("ERROR", "failed", { error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
});
