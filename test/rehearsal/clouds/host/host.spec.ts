import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Client } from "ssh2";
import { HOME } from "../../../../operator/workspace";
import { newSshKeyPair } from "../../../../rehearsal/clouds/host/key-pair";
import { until } from "../../../../rehearsal/processes";
import { commandLines, instances, ssh, type TestHost, testHost } from "./fixture";

/** Tells the instances of this file from those of others that run beside it. */
const KEY = `host-${process.pid}`;

describe("rehearsal/clouds/host, the fake compose host", function () {
  this.timeout(60_000);
  let on: TestHost;
  before(async () => (on = await testHost()));
  after(() => on.remove());

  const compose = (rest: string) => ssh(on, `docker compose -f '${on.composeFile}' ${rest}`);

  it("runs a command with its input and tells its output and its exit status", async () => {
    const ran = await ssh(on, 'read -r line; echo "got $line"; echo oops >&2; exit 7', "a line\n");
    assert.deepEqual(ran, { code: 7, out: "got a line\n", err: "oops\n" });
  });

  it("gives a session nothing of this process's environment", async () => {
    const { out } = await ssh(on, "env");
    const names = out.split("\n").map((line) => line.split("=")[0]);
    assert.deepEqual(
      names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_", ""].includes(name ?? "")).sort(),
      ["DOCKER_HOST", "HOME", "PATH", "USER"],
    );
  });

  it("refuses another user, another key and a password", async () => {
    const { privateKey } = on.host;
    const other = newSshKeyPair().private;
    for (const login of [
      { username: "root", privateKey: privateKey.reveal() },
      { username: on.host.user, privateKey: other },
      { username: on.host.user, password: "anything" },
    ])
      await assert.rejects(logIn(on, login), /authentication methods failed/);
  });

  it("shows the host key that it announced, and OpenSSH takes both keys", async () => {
    const { host } = on;
    const identity = join(host.root, "identity");
    const known = join(host.root, "known_hosts");
    await writeFile(identity, host.privateKey.reveal());
    await chmod(identity, 0o600);
    await writeFile(known, `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
    const options = ["BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${known}`];
    const flags = ["-F", "/dev/null", ...options.flatMap((option) => ["-o", option])];
    const target = `${host.user}@127.0.0.1`;
    const found = await promisify(execFile)("ssh", ["-V"]).then(
      () => true,
      () => false,
    );
    if (!found) return;
    const args = [...flags, "-i", identity, "-p", String(host.port), target, "echo hello"];
    assert.equal((await promisify(execFile)("ssh", args)).stdout, "hello\n");
  });

  it("refuses what it cannot imitate: other commands, flags, services and settings", async () => {
    await writeFile(on.envFile, `SECRET_KEY=${KEY}\n`);
    for (const [rest, why] of [
      ["build", /has no `compose build`/],
      ["up -d --scale app-1=2 app-1", /unknown flag: --scale/],
      ["up app-1", /needs `up -d`/],
      ["up -d app-3", /no such service: app-3/],
    ] as const) {
      const { code, err } = await compose(rest);
      assert.equal(code, 1);
      assert.match(err, why);
    }
    const file = join(on.host.root, "odd.yaml");
    await writeFile(file, "services: { app: { image: x, volumes: [/a:/b] } }");
    const { err } = await ssh(on, `docker compose -f '${file}' up -d app`);
    assert.match(err, /odd\.yaml: services\.app: Unrecognized key: "volumes"/);
    assert.match((await ssh(on, "docker run x")).err, /`compose` only/);
  });

  it("starts, restarts and stops services, and its proxy follows", async () => {
    await writeFile(on.envFile, `SECRET_KEY=${KEY}\n`);
    assert.equal((await fetch(on.url)).status, 503);
    assert.equal((await compose("up -d --wait")).code, 0);
    assert.equal((await instances(on.url)).length, 2);
    assert.equal((await compose("ps --services")).out, "app-1\napp-2\n");
    const before = await pids();
    assert.equal((await compose("restart app-1")).code, 0);
    assert.equal((await pids()).filter((pid) => before.includes(pid)).length, 1);
    assert.equal((await compose("stop app-1")).code, 0);
    assert.deepEqual(
      (await instances(on.url)).map(({ service }) => service),
      ["app-2"],
    );
  });

  it("starts a service anew that dies, as its restart policy asks", async () => {
    assert.equal((await compose("up -d --wait")).code, 0);
    const [victim] = await pids();
    process.kill(victim as number, "SIGKILL");
    await until("both are back", async () => (await instances(on.url)).length === 2 && !(await pids()).includes(victim as number), 20_000); // prettier-ignore
  });

  it("takes services and sessions with it when the process that started it is killed", async () => {
    const key = `leash-${process.pid}`;
    const sleep = `sleep 600.${process.pid}`;
    const script = join(on.host.root, "parent.cjs");
    await writeFile(
      script,
      `require(${JSON.stringify(join(HOME, "bin/transpile.cjs"))});
       const { instances, testHost, ssh } = require(${JSON.stringify(join(__dirname, "fixture"))});
       const { writeFileSync } = require("node:fs");
       testHost().then(async (on) => {
         writeFileSync(on.envFile, "SECRET_KEY=${key}\\n");
         await ssh(on, "docker compose -f '" + on.composeFile + "' up -d --wait");
         void ssh(on, "${sleep} & ${sleep}");
         const { length } = await instances(on.url);
         console.log(on.host.root, length);
         setTimeout(() => process.kill(process.pid, "SIGKILL"), 500);
       });`,
    );
    const ended = promisify(execFile)(process.execPath, [script]);
    const { stdout } = await ended.catch((error: { stdout: string }) => error);
    const [root = "", started] = stdout.trim().split(" ");
    assert.equal(started, "2", "both services ran before the kill");
    await rm(dirname(root), { recursive: true, force: true });
    const left = async () => {
      const sleeping = [...(await commandLines()).values()].filter((line) => line.includes(sleep));
      return [...sleeping, ...(await pids(key))].length;
    };
    await until("nothing is left", async () => (await left()) === 0, 15_000);
  });

  /** The processes of both instances. */
  async function pids(key = KEY): Promise<number[]> {
    const app = `${process.execPath} ${join(__dirname, "app.cjs")}`;
    const found = [...(await commandLines())].filter(([, line]) => line.startsWith(app));
    const own: number[] = [];
    for (const [pid] of found) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (environment.split("\0").includes(`SECRET_KEY=${key}`)) own.push(pid);
    }
    return own;
  }
});

function logIn({ host }: TestHost, login: object): Promise<void> {
  const client = new Client();
  return new Promise<void>((resolve, reject) => {
    client.once("ready", resolve).once("error", reject);
    client.connect({ host: host.address, port: host.port, ...login });
  }).finally(() => client.end());
}
