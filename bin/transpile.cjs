// Lets `require` load TypeScript: each file is transpiled once, by esbuild, and the result is kept in the user's cache folder by the
// hash of its text. Packages are loaded as Node loads them, which general loaders make slower. Types are checked by `npm run types`.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { keep, kept } = require("../policies/kept.cjs");
const loadLate = require("../policies/late.cjs");

const OPTIONS = { loader: "ts", format: "cjs", target: "node20", sourcemap: "inline" };

loadLate();
Module._extensions[".ts"] = (module, filename) => {
  const source = readFileSync(filename, "utf8");
  const hash = createHash("sha256");
  for (const part of [JSON.stringify(OPTIONS), filename, source]) hash.update(part).update("\0");
  const name = `transpiled/${hash.digest("hex")}.js`;
  const code = kept(name)?.toString() ?? transpiled(name, source, filename);
  module._compile(code, filename);
};

function transpiled(name, source, filename) {
  // Loaded only where something has to be transpiled.
  const { code } = require("esbuild").transformSync(source, { ...OPTIONS, sourcefile: filename });
  keep(name, code);
  return code;
}
