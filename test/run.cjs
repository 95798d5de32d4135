// Runs mocha and closes with the line that CI reads: counts of what really ran. Spec files run side by side, one process a core, and
// what a file prints comes when it is done. `REKEY_TEST_JOBS=1` runs them one after the other in this process.
require("tsx/cjs");
const { readdirSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { join, relative, resolve } = require("node:path");
const Mocha = require("mocha");

const specs = (path) =>
  path.endsWith(".ts")
    ? [path]
    : readdirSync(path, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".spec.ts"))
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const roots = process.argv.slice(2);
const files = (roots.length > 0 ? roots : [__dirname]).flatMap((root) => specs(resolve(root)));
// The rehearsals take minutes each: they start first, so that the end does not wait for one of them alone.
const rehearsed = (file) => (relative(__dirname, file).startsWith("rehearsal") ? 0 : 1);
files.sort((one, other) => rehearsed(one) - rehearsed(other) || (one < other ? -1 : 1));

const wanted = Number(process.env.REKEY_TEST_JOBS ?? availableParallelism());
const jobs = Math.min(wanted, files.length);
const mocha = new Mocha({
  timeout: 20_000,
  forbidOnly: true,
  reporter: "spec",
  require: ["tsx/cjs"],
  ...(jobs > 1 && { parallel: true, jobs }),
});
files.forEach((file) => mocha.addFile(file));
const runner = mocha.run(() => {
  const { passes, failures, pending, tests } = runner.stats;
  const none = tests === 0;
  if (none) console.error("no test was found");
  if (pending > 0) console.log(`${pending} skipped`);
  console.log(`${passes} passed, ${failures} failed`);
  process.exitCode = failures > 0 || none ? 1 : 0;
});
