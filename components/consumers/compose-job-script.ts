import { shellWord } from "./compose-remote";

/** What the script is made of; all of it is plain and shows in previews. */
export interface ComposeJobScript {
  readonly envFile: string;
  readonly composeFile: string;
  readonly service: string;
  readonly runToken: string;
  /** Seconds that the job has. */
  readonly timeoutSeconds: number;
}

const END_SECONDS = 30;

/**
 * The POSIX shell script that runs a job of the compose file once. What the job and docker write goes to `<envFile>.log`, mode 0600, and
 * nowhere else: a job may well print a value. Of its lines one is handed on, the last that says how far it is in whole numbers and
 * nothing else: `rekey-progress <service> done=20 failed=0`. The lock `<envFile>.<service>.lock` is held as long as docker runs, so the run that goes on
 * after its connection broke and the next one follow each other.
 */
export function composeJobScript(script: ComposeJobScript): string {
  const { envFile, composeFile, service, runToken, timeoutSeconds } = script;
  const values = {
    RUN: shellWord(runToken),
    FILE: shellWord(envFile),
    COMPOSE: shellWord(composeFile),
    SERVICE: shellWord(service),
    SECONDS: String(timeoutSeconds),
    END: String(END_SECONDS),
    PATIENCE: String(timeoutSeconds + END_SECONDS + 60),
  };
  return BODY.replaceAll(/@([A-Z]+)@/g, (_, name: keyof typeof values) => values[name]);
}

const BODY = String.raw`run=@RUN@
set -eu
umask 077
file=@FILE@
service=@SERVICE@
log=$file.log
lock=$file.$service.lock

fail() {
  echo "rekey: $1" >&2
  exit 1
}

[ -f "$file" ] || fail "the job $service did not run: there is no $file on the host. Declare the job with dependsOn of the ComposeHost that writes it, and run \"rekey up\" again"
exec 9>>"$lock"
flock -w @PATIENCE@ 9 || fail "the job $service did not run: another run of it holds $lock on the host. Wait for it to end and run \"rekey up\" again"

: >>"$log"
chmod 600 "$log"
echo "rekey: job $service, run $run" >>"$log"
begin=$(wc -c <"$log")
status=0
timeout -k @END@ @SECONDS@ docker compose --env-file "$file" -f @COMPOSE@ run --rm --no-deps -T "$service" >>"$log" 2>&1 </dev/null || status=$?
tail -c "+$((begin + 1))" "$log" | sed -n "/^rekey-progress $service\( [a-z]\{1,32\}=[0-9]\{1,15\}\)\{1,9\}\$/p" | tail -n 1
case $status in
0) ;;
124) fail "the job $service did not end within @SECONDS@ seconds and was told to stop. See the end of $log on the host, then mend the job or raise timeoutSeconds, and run \"rekey up\" again: it runs once more" ;;
*) fail "the job $service failed with status $status. See the end of $log on the host, mend what it says and run \"rekey up\" again: it runs once more" ;;
esac
`;
