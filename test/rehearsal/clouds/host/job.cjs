// A tiny job for the fake compose host. It writes a line at its start and one at its end to RUNS_FILE, and its key to both outputs, as a
// careless job would, and, where the key is counted, lines of progress. It waits while GATE_FILE exists; it fails, without its end, while FAIL_FILE exists, and on SIGTERM.
const { createHash } = require("node:crypto");
const { appendFileSync, existsSync } = require("node:fs");

const { RUNS_FILE, FAIL_FILE, GATE_FILE, SECRET_KEY = "" } = process.env;
const digest = createHash("sha256").update(SECRET_KEY).digest("hex");
appendFileSync(RUNS_FILE, `start ${digest}\n`);
console.log(`seeding with ${SECRET_KEY}`);
if (SECRET_KEY.startsWith("counted")) {
  const progress = (text) => console.log(`rekey-progress ${text}`);
  progress("seed-admin done=1");
  progress("seed-admin done=2 failed=0");
  progress("another done=3");
  progress(`seed-admin key=${SECRET_KEY}`);
  progress("seed-admin done=4 failed=0 and more");
}
console.error(`still seeding with ${SECRET_KEY}`);

process.once("SIGTERM", () => {
  appendFileSync(RUNS_FILE, "stopped\n");
  process.exit(1);
});
const end = () => {
  if (existsSync(GATE_FILE)) return setTimeout(end, 20);
  if (existsSync(FAIL_FILE)) process.exit(3);
  appendFileSync(RUNS_FILE, "end\n");
};
end();
