import * as pulumi from "@pulumi/pulumi";
import { progressHook } from "./compose-job-progress";
import { composeJobScript } from "./compose-job-script";
import {
  checkRemote,
  checkSeconds,
  type ComposeRemote,
  isService,
  refusalsOf,
  runOnHost,
} from "./compose-remote";

/** Arguments of {@link ComposeJob}. */
export interface ComposeJobArgs extends ComposeRemote {
  /**
   * The service of the compose file that is the job: it ends by itself, 0 for success, and may be repeated at any time. It reads the env
   * file (`env_file`), and `profiles: [jobs]` keeps `docker compose up` from starting it. A job that ignores SIGTERM needs `init: true`.
   */
  readonly service: string;
  /** What a run belongs to, for example the generation: a change runs the job once, within the update. Plain, it shows in previews. */
  readonly runToken: string;
  /** Seconds that the job has before it is told to stop and fails, 1 to 86,400; 3,600 unless set. */
  readonly timeoutSeconds?: number;
}

const RUN_TOKEN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * Runs a job of a compose file on a self-hosted machine when an activation needs something done, such as re-seeding an administrator,
 * revoking sessions or encrypting rows anew. The update waits for the run and fails with it; the next `up` runs it again, and so it does
 * after a kill. Declare it with `dependsOn` of the {@link ComposeHost} whose env file it reads. Its output stays in `<envFile>.log`, but for
 * its last line of the form `rekey-progress <service> done=20 failed=0` (the service's name and counts), which the update tells.
 */
export class ComposeJob extends pulumi.ComponentResource {
  constructor(name: string, args: ComposeJobArgs, opts?: pulumi.ComponentResourceOptions) {
    check(name, args);
    super("rekey:index:ComposeJob", name, {}, opts);
    const { connection, service, timeoutSeconds = 3600 } = args;
    const create = composeJobScript({ ...args, timeoutSeconds });
    const told = [progressHook(name)];
    const hooks = { afterCreate: told, afterUpdate: told };
    runOnHost(`${name}-run`, connection, { create }, this, { hooks });
    this.registerOutputs({ service });
  }
}

function check(name: string, args: ComposeJobArgs): void {
  const { service, runToken, timeoutSeconds = 3600 } = args;
  const refuse = refusalsOf(name);
  checkRemote(args, refuse);
  if (!isService(service))
    refuse("service", "not the name of a compose service", "a service of the compose file, by its name", "write the name of the job"); // prettier-ignore
  if (!RUN_TOKEN.test(runToken))
    refuse(
      "runToken",
      "no token of a run",
      "1 to 128 letters, digits, `.`, `_`, `:` and `-`, such as `g2-20260131120000`",
      "make it of the generation and its `at`",
    );
  checkSeconds("timeoutSeconds", timeoutSeconds, 86_400, refuse);
}
