// What `pulumi up` runs. TypeScript is transpiled on the fly and cached; checking types is a step of its own (`npm run types`).
require("tsx/cjs");
module.exports = require("./index.ts").program();
