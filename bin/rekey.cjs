#!/usr/bin/env node
// TypeScript is transpiled on the fly and cached by tsx; checking types is a step of its own (`npm run types`).
require("tsx/cjs");
require("../operator/main.ts");
