// Runs mocha in this process and closes with the line that CI reads: counts of what really ran.
require("tsx/cjs");
const { readdirSync } = require("node:fs");
const { join, resolve } = require("node:path");
const Mocha = require("mocha");

const specs = (path) =>
  path.endsWith(".ts")
    ? [path]
    : readdirSync(path, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".spec.ts"))
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const roots = process.argv.slice(2);
const files = (roots.length > 0 ? roots : [__dirname]).flatMap((root) => specs(resolve(root)));

const mocha = new Mocha({ timeout: 20_000, forbidOnly: true, reporter: "spec" });
files.sort().forEach((file) => mocha.addFile(file));
const runner = mocha.run(() => {
  const { passes, failures, pending, tests } = runner.stats;
  const none = tests === 0;
  if (none) console.error("no test was found");
  if (pending > 0) console.log(`${pending} skipped`);
  console.log(`${passes} passed, ${failures} failed`);
  process.exitCode = failures > 0 || none ? 1 : 0;
});
