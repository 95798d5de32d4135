#!/usr/bin/env node
// TypeScript is transpiled on the fly and kept; checking types is a step of its own (`npm run types`).
require("./node-version.cjs").requireNode(process.versions.node);
require("./transpile.cjs");
require("../operator/main.ts");
