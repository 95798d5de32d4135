// Entry of the sample application for plain Node: registers the TypeScript loader, then runs main.ts.
require("../../bin/transpile.cjs");
require("./main.ts");
