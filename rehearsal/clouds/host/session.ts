/** Commands of the fake host's SSH sessions: real processes of `/bin/sh`, which end with the host's own process. */
import { spawn } from "node:child_process";
import type { ServerChannel } from "ssh2";

/** Where commands run. */
export interface Shell {
  /** The working directory: the user's home. */
  readonly home: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

// Everything of a command is in a process group of its own. A watcher in that group holds a pipe from the host's process and ends the group
// when it closes: after the command, and when the host was killed.
const GUARDED = `
( read -r line <&3; kill -s KILL 0 ) </dev/null >/dev/null 2>&1 &
exec /bin/sh -c "$1" 3<&-
`;

/**
 * Runs `command` and ties it to the channel. As with the real server, a client that is gone does not end the command: its input ends, and
 * it goes on until it writes into the closed output.
 */
export function runCommand(command: string, channel: ServerChannel, { home, env }: Shell): void {
  const child = spawn("/bin/sh", ["-c", GUARDED, "sh", command], {
    cwd: home,
    env: { ...env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const { stdin, stdout, stderr } = child;
  const leash = child.stdio[3] as NodeJS.WritableStream;
  // A command may end before it has read its input, and a client before it has read the output: both are the other side's to tell.
  for (const stream of [stdin, leash, channel]) stream.on("error", forget);
  channel.pipe(stdin);
  stdout.pipe(channel, { end: false });
  stderr.pipe(channel.stderr, { end: false });
  channel.once("close", () => {
    stdin.end();
    stdout.destroy();
    stderr.destroy();
  });
  let exit: readonly [code: number | null, signal: NodeJS.Signals | null] = [null, null];
  child.once("exit", (...how) => {
    exit = how;
    leash.end();
  });
  child.once("close", () => {
    if (channel.destroyed) return;
    const [code, signal] = exit;
    if (code === null) channel.exit((signal ?? "SIGKILL").replace("SIG", ""));
    else channel.exit(code);
    channel.end();
  });
}

function forget(error: NodeJS.ErrnoException): void {
  if (
    !["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"].includes(
      error.code ?? "",
    )
  )
    process.stderr.write(`fake host: ${error.code ?? error.name}\n`);
}
