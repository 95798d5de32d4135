// The `docker` executable of the fake host: hands its arguments to the host's process through the socket that DOCKER_HOST names, as the
// real one does, and ends as that says. Plain JavaScript, because it is started for every command.
const { request } = require("node:http");

const socketPath = (process.env.DOCKER_HOST ?? "").replace(/^unix:\/\//, "");
const call = request({ socketPath, method: "POST", path: "/run" }, (response) => {
  let body = "";
  response.setEncoding("utf8").on("data", (chunk) => (body += chunk));
  response.on("end", () => {
    const { code, stdout, stderr } = JSON.parse(body);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
});
call.on("error", ({ code }) => {
  process.stderr.write(`Cannot connect to the Docker daemon (${code})\n`);
  process.exitCode = 1;
});
call.end(JSON.stringify(process.argv.slice(2)));
