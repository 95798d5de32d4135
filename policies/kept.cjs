// What is made once is kept in the user's cache folder, `rekey` under $XDG_CACHE_HOME or ~/.cache, for processes to come. Never in a shared
// temporary folder: what is kept is run. Without such a folder of its own a user gets the same program, only slower.
const { randomBytes } = require("node:crypto");
const { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { dirname, join } = require("node:path");

/** @returns {Buffer | undefined} what this user kept under a name; undefined where there is nothing, or it cannot be read. */
exports.kept = (name) =>
  attempted(() => {
    const file = pathOf(name);
    return isOwn(dirname(file)) && isOwn(file) ? readFileSync(file) : undefined;
  });

/** Keeps data under a name, whole or not at all, also where the process is killed meanwhile. */
exports.keep = (name, data) =>
  attempted(() => {
    const file = pathOf(name);
    const draft = `${file}.${randomBytes(8).toString("hex")}`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!isOwn(dirname(file))) return;
    writeFileSync(draft, data, { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  });

/** No link, this user's, and nobody else may write to it: what is kept is run. */
function isOwn(path) {
  const { uid, mode } = lstatSync(path);
  if (process.getuid === undefined) return true;
  return uid === process.getuid() && (mode & 0o022) === 0 && (mode & 0o170000) !== 0o120000;
}

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
