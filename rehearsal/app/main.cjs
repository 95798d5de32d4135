// Entry of the sample application for plain Node: registers the TypeScript loader, then runs main.ts.
require("tsx/cjs");
require("./main.ts");
