// Whether the pack runs from its TypeScript, as in the repository, or from what build.cjs made of it, as in the package.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

/** The loader of TypeScript; undefined in the package. */
const loader = join(__dirname, "..", "bin", "transpile.cjs");
const there = existsSync(loader) && existsSync(join(__dirname, "index.ts"));
module.exports = there ? loader : undefined;
