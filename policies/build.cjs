// Makes dist/ for the package, so that it needs no TypeScript where it is installed. `npm pack` runs it.
const { join } = require("node:path");

require("esbuild").buildSync({
  absWorkingDir: __dirname,
  entryPoints: ["all-rules.ts", "analyzer/start.ts", "index.ts", "pack-configuration.ts", "run.ts"],
  outdir: process.argv[2] ?? join(__dirname, "dist"),
  bundle: true,
  packages: "external",
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
});
