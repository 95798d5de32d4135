// Runs the bundled rotation function through all four steps, as the service would. With CRASH_AT=n it kills itself before the nth time
// that it sends anything over the network: then everything before has happened, and nothing after.
const net = require("node:net");
const crashAt = Number(process.env.CRASH_AT ?? Infinity);
let sent = 0;
const { write } = net.Socket.prototype;
net.Socket.prototype.write = function (...args) {
  // Only connections to a server: standard output is a socket too.
  if (this.remotePort !== undefined || this.connecting) {
    sent += 1;
    if (sent === crashAt) process.kill(process.pid, "SIGKILL");
  }
  return write.apply(this, args);
};
const { handler } = require(process.env.BUNDLE);
(async () => {
  for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"])
    await handler(
      { Step, SecretId: process.env.SECRET_ID, ClientRequestToken: process.env.TOKEN },
      { getRemainingTimeInMillis: () => 60_000 },
    );
  require("node:fs").writeSync(1, `${sent}\n`);
})().catch((error) => {
  require("node:fs").writeSync(2, `${error.name}: ${error.message}\n`);
  process.exitCode = 1;
});
