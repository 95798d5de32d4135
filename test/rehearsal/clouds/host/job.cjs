// A tiny job for the fake compose host. It writes a line at its start and one at its end to RUNS_FILE, and its key to both outputs, as a
// careless job would. It waits while GATE_FILE exists; it fails, without its end, while FAIL_FILE exists, and on SIGTERM.
const { createHash } = require("node:crypto");
const { appendFileSync, existsSync } = require("node:fs");

const { RUNS_FILE, FAIL_FILE, GATE_FILE, SECRET_KEY = "" } = process.env;
const digest = createHash("sha256").update(SECRET_KEY).digest("hex");
appendFileSync(RUNS_FILE, `start ${digest}\n`);
console.log(`seeding with ${SECRET_KEY}`);
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
