// `npm run upstream [-- <provider>...]`: builds providers of their upstreams' sources and runs on them the specs in which they appear. All
// that there are unless some are named; two cores and the network take half an hour for all at first.
require("tsx/cjs");
const { spawnSync } = require("node:child_process");
const { mkdtempSync, rmSync, symlinkSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { UPSTREAMS, buildUpstream } = require("./index.ts");

const known = Object.keys(UPSTREAMS);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !known.includes(name));
const names = named.length > 0 ? named : known;
const progress = { step: (text) => console.error(text), end: () => {} };

async function main() {
  if (unknown.length > 0) {
    console.error(`no provider of that name: ${unknown.join(", ")}; there are ${known.join(", ")}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "rekey-upstream-"));
  try {
    for (const name of names) symlinkSync(await buildUpstream(name, progress), join(folder, name));
    const specs = [...new Set(names.flatMap((name) => UPSTREAMS[name].specs))];
    const files = specs.map((spec) => join(__dirname, "..", spec));
    const env = { ...process.env, REKEY_UPSTREAM: folder };
    return (
      spawnSync(process.execPath, [join(__dirname, "..", "run.cjs"), ...files], {
        env,
        stdio: "inherit",
      }).status ?? 1
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
