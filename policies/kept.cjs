// What is made once is kept in the user's cache folder, `rekey` under $XDG_CACHE_HOME or ~/.cache, for processes to come. Never in a shared
// temporary folder: what is kept is run. Without such a folder of its own a user gets the same program, only slower.
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { dirname, join } = require("node:path");

/** @returns {Buffer | undefined} what this user kept under a name; undefined where there is nothing, or it cannot be read. */
exports.kept = (name) =>
  attempted(() => {
    const file = pathOf(name);
    return statSync(file).uid === (process.getuid?.() ?? 0) ? readFileSync(file) : undefined;
  });

/** Keeps data under a name, whole or not at all, also where the process is killed meanwhile. */
exports.keep = (name, data) =>
  attempted(() => {
    const file = pathOf(name);
    const draft = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, data, { mode: 0o600 });
    renameSync(draft, file);
  });

function pathOf(name) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rekey", name);
}

/** What the system refuses is no failure here. */
function attempted(run) {
  try {
    return run();
  } catch (error) {
    if (error.syscall === undefined) throw error;
    return undefined;
  }
}
