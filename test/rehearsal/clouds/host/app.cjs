// A tiny application for the fake compose host. It is ready 200 ms after its start unless START_DELAY_MS says otherwise, and never with a
// SECRET_KEY that begins with "bad". GET / tells the digest of its key, so that a test sees which one it runs with.
const { createHash } = require("node:crypto");
const { createServer } = require("node:http");

const { PORT, SECRET_KEY = "", START_DELAY_MS = "200", SERVICE = "" } = process.env;
const readyAt = Date.now() + Number(START_DELAY_MS);
const digest = createHash("sha256").update(SECRET_KEY).digest("hex");

const server = createServer((request, response) => {
  const ready = Date.now() >= readyAt && !SECRET_KEY.startsWith("bad");
  const status = request.url === "/ready" && !ready ? 503 : 200;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ service: SERVICE, digest }));
});
server.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
