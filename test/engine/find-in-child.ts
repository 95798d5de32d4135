import { findEngine } from "../../engine";

// A process of its own for the specs: argv holds the cache folder and PATH, standard output gets the result.
const [cacheDir, PATH] = process.argv.slice(2);
findEngine({ cacheDir, env: { PATH }, ways: ["cache", "build"] }).then(
  ({ path, source }) => process.stdout.write(JSON.stringify({ path, source })),
  (error: Error) => {
    process.stderr.write(error.message);
    process.exitCode = 1;
  },
);
