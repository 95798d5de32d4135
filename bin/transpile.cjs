// Lets `require` load TypeScript: each file is transpiled once, by esbuild, and the result is kept in the user's cache folder by the
// hash of its text. Packages are loaded as Node loads them, which general loaders make slower. Types are checked by `npm run types`.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const Module = require("node:module");
const { join } = require("node:path");
const loadLate = require("../policies/late.cjs");

const OPTIONS = { loader: "ts", format: "cjs", target: "node20", sourcemap: "inline" };
// Never a shared temporary folder: what is in it is run.
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rekey", "transpiled");

loadLate();
Module._extensions[".ts"] = (module, filename) => {
  const source = readFileSync(filename, "utf8");
  const hash = createHash("sha256");
  for (const part of [JSON.stringify(OPTIONS), filename, source]) hash.update(part).update("\0");
  const file = join(folder, `${hash.digest("hex")}.js`);
  module._compile(kept(file) ?? transpiled(file, source, filename), filename);
};

function kept(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(error.code)) return undefined;
    throw error;
  }
}

function transpiled(file, source, filename) {
  // Loaded only where something has to be transpiled.
  const { code } = require("esbuild").transformSync(source, { ...OPTIONS, sourcefile: filename });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, code, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    // Without a cache folder of its own a user still gets a program, only a slower one.
    if (!["ENOENT", "ENOTDIR", "EACCES", "EROFS", "ENOSPC", "EPERM"].includes(error.code))
      throw error;
  }
  return code;
}
