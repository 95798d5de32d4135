// What `pulumi up` runs. TypeScript is transpiled on the fly and cached; checking types is a step of its own (`npm run types`).
require("../bin/transpile.cjs");
module.exports = require("./index.ts").program();
