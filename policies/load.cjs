// Loads a module of the pack: in the repository its TypeScript, transpiled on the fly, and in the package what build.cjs made of it.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const loader = join(__dirname, "..", "bin", "transpile.cjs");
const fromSource = existsSync(loader) && existsSync(join(__dirname, "index.ts"));
if (fromSource) require(loader);

/** @param {string} name a module's name without its ending. */
module.exports = (name) => require(join(__dirname, fromSource ? `${name}.ts` : `dist/${name}.js`));
