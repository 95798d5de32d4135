// Loads a module of the pack: in the repository its TypeScript, transpiled on the fly, and in the package what build.cjs made of it.
const { join } = require("node:path");
const loader = require("./source.cjs");

if (loader) require(loader);

/** @param {string} name a module's name without its ending. */
module.exports = (name) => require(join(__dirname, loader ? `${name}.ts` : `dist/${name}.js`));
