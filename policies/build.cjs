// Makes dist/ for the package, so that it needs no TypeScript where it is installed. `npm pack` runs it.
const { mkdirSync, readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { bundle } = require("./bundle.cjs");

const dist = process.argv[2] ?? join(__dirname, "dist");

require("esbuild").buildSync({
  absWorkingDir: __dirname,
  entryPoints: ["all-rules.ts", "index.ts", "pack-configuration.ts", "run.ts"],
  outdir: dist,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
});

// What the engine starts is one file, so that it starts fast. Parts of packages are in it, whose licences ask to come along.
const { code, inputs } = bundle(join(__dirname, "analyzer/start.ts"));
const packages = inputs.flatMap(
  (file) => /.+[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file) ?? [],
);
mkdirSync(dist, { recursive: true });
writeFileSync(join(dist, "start.js"), code);
writeFileSync(join(dist, "licences.txt"), [...new Set(packages)].map(licenceOf).join("\n\n"));

function licenceOf(folder) {
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e(?:\.\w+)?$/i.test(one));
  return `${name}\n\n${readFileSync(join(folder, file), "utf8")}`;
}
