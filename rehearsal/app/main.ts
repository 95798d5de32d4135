/**
 * The sample application of the rehearsal: a small control panel with log-in, items and a web bundle, as the stack `capanel` deploys it.
 * One program, three modes (`APP_MODE`): `api`, `web` and the job `seed-admin`, which ends with exit code 0 or 1.
 */
import { runApi } from "./api";
import { log } from "./log";
import { seedAdmin } from "./seed-admin";
import { choice } from "./settings";
import { runWeb } from "./web";

const MODES = { api: runApi, web: runWeb, "seed-admin": seedAdmin };

async function main(): Promise<void> {
  const mode = choice(process.env, "APP_MODE", Object.keys(MODES) as (keyof typeof MODES)[]);
  await MODES[mode](process.env);
}

main().catch((error: unknown) => {
  log("ERROR", "start failed", { error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
});
