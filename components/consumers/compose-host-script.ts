import { END_OF_FILE } from "./compose-host-env";
import { shellWord } from "./compose-remote";

/** What the script is made of; all of it is plain and shows in previews. */
export interface ComposeHostScript {
  /** Comment lines at the top: what a preview tells of a change whose values it must not show. */
  readonly notes: readonly string[];
  readonly envFile: string;
  readonly composeFile: string;
  readonly services: readonly string[];
  /** Replaces an env file that somebody else wrote, which is kept beside it. Without it such a file is left alone. */
  readonly takeOverEnvFile?: boolean;
  /** Seconds that one service has to become healthy. */
  readonly waitSeconds: number;
}

/**
 * The POSIX shell script that runs on the host. It takes the env file on standard input, so no value is ever in an argument list or in
 * the environment, and prints none: what docker says goes to `<envFile>.log`, since compose quotes lines that it cannot read.
 *
 * Every run ends in one of two states, wherever the run before it was killed: the new file in place and each service healthy with it, or
 * the last file that was seen to work. `<envFile>.unverified` exists while the file in place is not known to work; meanwhile
 * `<envFile>.previous` is left alone, so a second bad file cannot push the good one out. Compose leaves a service alone whose settings did
 * not change, so running again is safe.
 */
export function composeHostScript(script: ComposeHostScript): string {
  const { notes, envFile, composeFile, services, waitSeconds, takeOverEnvFile = false } = script;
  const folder = envFile.slice(0, envFile.lastIndexOf("/")) || "/";
  const values = {
    FILE: shellWord(envFile),
    FOLDER: shellWord(folder),
    COMPOSE: shellWord(composeFile),
    SERVICES: services.map(shellWord).join(" "),
    WAIT: String(waitSeconds),
    TAKEOVER: takeOverEnvFile ? "yes" : "no",
    // A run that goes on after its connection broke may restart every service twice before it ends.
    PATIENCE: String(waitSeconds * (2 * services.length + 1) + 60),
    END: shellWord(END_OF_FILE),
  };
  const body = BODY.replaceAll(/@([A-Z]+)@/g, (_, name: keyof typeof values) => values[name]);
  return [...notes.map((note) => `# ${note.replaceAll(/\s+/g, " ")}`), body].join("\n");
}

const BODY = String.raw`set -eu
umask 077
file=@FILE@
folder=@FOLDER@
set -- @SERVICES@
next=$file.next
previous=$file.previous
unverified=$file.unverified
log=$file.log

fail() {
  echo "rekey: $1" >&2
  exit 1
}
up() {
  docker compose --env-file "$file" -f @COMPOSE@ up -d --no-deps --wait --wait-timeout @WAIT@ "$1" >>"$log" 2>&1 </dev/null
}
replace() {
  sync "$1"
  mv -f "$1" "$2"
  sync "$folder"
}

exec 9>>"$file.lock"
flock -w @PATIENCE@ 9 || fail "another run holds $file.lock on the host; nothing was changed. Wait for it to end and run \"rekey up\" again"

rm -f "$next"
cat >"$next"
if [ "$(tail -n 1 "$next")" != @END@ ]; then
  rm -f "$next"
  fail "the env file broke off on its way; nothing was changed. Run \"rekey up\" again"
fi
if [ -f "$file" ] && [ ! -e "$unverified" ] && [ "$(tail -n 1 "$file")" != @END@ ]; then
  if [ @TAKEOVER@ = no ]; then
    rm -f "$next"
    fail "$file was not written by rekey, and its values would be lost; nothing was changed. Move what is in it into the stack's settings, then set takeOverEnvFile; $file.before-rekey keeps it"
  fi
  cp "$file" "$file.before-rekey.next"
  replace "$file.before-rekey.next" "$file.before-rekey"
fi
if cmp -s "$next" "$file"; then
  rm -f "$next"
else
  if [ -f "$file" ] && [ ! -e "$unverified" ]; then
    cp "$file" "$previous.next"
    replace "$previous.next" "$previous"
  fi
  : >"$unverified"
  replace "$next" "$file"
fi

: >"$log"
failed=
for service in "$@"; do
  up "$service" || {
    failed=$service
    break
  }
done
if [ -z "$failed" ]; then
  rm -f "$unverified"
  exit 0
fi

[ -e "$unverified" ] || fail "$failed is not healthy; $file did not change. See $log on the host, mend the service and run \"rekey up\" again"
[ -f "$previous" ] || fail "$failed is not healthy, and there is no earlier $file to go back to. See $log on the host, mend the service or the values and run \"rekey up\" again"
cp "$previous" "$next"
replace "$next" "$file"
rm -f "$unverified"
down=
for service in "$failed" "$@"; do
  up "$service" || down="$down $service"
done
[ -z "$down" ] || fail "$failed was not healthy with the new $file. The previous file is back, but with it these are not healthy either:$down. See $log on the host"
fail "$failed was not healthy with the new $file. The previous file is back and every service runs with it. See $log on the host, then mend the value or \"rekey rollback\" it, and run \"rekey up\" again"
`;
