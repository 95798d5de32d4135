// Starts the pack for the engine, from one file that holds all that it needs, and as compiled as an earlier run left it.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { name, version } = require("./package.json");
const runCompiled = require("./compiled.cjs");
const fromSource = require("./source.cjs") !== undefined;

module.exports = function start() {
  const file = join(__dirname, fromSource ? "analyzer/start.ts" : "dist/start.js");
  const code = fromSource ? require("./bundle.cjs").bundled(file) : readFileSync(file, "latin1");
  // The package may be installed in many places, each for one run.
  const kind = fromSource ? file : `${name}@${version}`;
  const { exports, keepCompiled } = runCompiled(code, file, kind);
  return exports.startPack(keepCompiled);
};
