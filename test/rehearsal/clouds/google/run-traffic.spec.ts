import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../rehearsal/processes";
import { ACCOUNT, env, LOCATION, startRun } from "./run-fixture";

const SERVICES = `/v2/${LOCATION}/services`;

// Answers with its process, its revision and what it was sent, `/die` by ending at once, `/slow` when its body has come in whole.
const ECHO = `
  const names = Object.keys(process.env).sort().join();
  require("node:http").createServer(async (request, response) => {
    if (request.url === "/die") process.exit(1);
    let text = "";
    for await (const chunk of request) text += chunk;
    const { K_REVISION: revision, PORT: port } = process.env;
    response.end(JSON.stringify({ pid: process.pid, port, revision, text, names, headers: request.headers }));
  }).listen(Number(process.env.PORT), "127.0.0.1");
  console.log("up");
  process.on("SIGTERM", () => process.exit(0));
`;
const IMAGE = "example.com/echo:1";

/** What the image answers. */
interface Echo {
  pid: number;
  revision: string;
  text: string;
  names: string;
  headers: Record<string, string>;
}

describe("rehearsal/clouds/google/run traffic", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  let run: Awaited<ReturnType<typeof startRun>>;
  let uri: string;
  let logDir: string;

  const template = (generation: number, more: object = {}) => ({
    serviceAccount: ACCOUNT,
    containers: [{ image: IMAGE, env: env({ GENERATION: String(generation) }, {}), ...more }],
  });
  const get = async (path = "/") => (await (await fetch(uri + path)).json()) as Echo;
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  before(async () => {
    logDir = mkdtempSync(join(tmpdir(), "rekey-test-"));
    const images = {
      [IMAGE]: { command: [process.execPath, "-e", ECHO] as [string, ...string[]] },
    };
    run = await startRun({ images, logDir, overlapSeconds: 0.1, appEnv: { EXTRA: "1" } });
    const { response } = await run.done("POST", `${SERVICES}?serviceId=echo`, {
      invokerIamDisabled: true,
      template: template(1),
    });
    uri = response.uri;
  });

  after(async () => {
    await (run as typeof run | undefined)?.google.stop();
    rmSync(logDir, { recursive: true, force: true });
  });

  it("gives processes only what was declared, and hands requests round", async () => {
    const answers = [await get(), await get(), await get()];
    const [first, second, third] = answers.map(({ pid }) => pid);
    assert.notEqual(first, second);
    assert.equal(first, third);
    const names = "EXTRA,GENERATION,K_CONFIGURATION,K_REVISION,K_SERVICE,PATH,PORT";
    assert.equal(answers[0]?.names, names);
    assert.equal(answers[0]?.headers["x-forwarded-proto"], "https");
    const body = "x".repeat(300_000);
    const posted = await fetch(uri, { method: "POST", body });
    assert.equal(((await posted.json()) as Echo).text.length, body.length);
    assert.equal(readdirSync(logDir).length, 2);
    assert.equal(readFileSync(join(logDir, readdirSync(logDir)[0]!), "utf8"), "up\n");
  });

  it("replaces an instance that dies, and sends nothing to it meanwhile", async () => {
    const before = new Set([(await get()).pid, (await get()).pid]);
    const broken = await fetch(`${uri}/die`);
    assert.equal(broken.status, 502);
    await Promise.all(Array.from({ length: 10 }, () => get()));
    await until("a new instance serves", async () => !before.has((await get()).pid), 20_000);
    const after = new Set([(await get()).pid, (await get()).pid]);
    assert.equal(after.size, 2);
  });

  it("lets an old instance answer what it has before it ends", async () => {
    const old = (await get()).revision;
    const slow = request(uri, { method: "POST", headers: { "content-type": "text/plain" } });
    slow.write("one ");
    const answered = once(slow, "response") as Promise<[IncomingMessage]>;
    await run.done("PATCH", `${SERVICES}/echo`, {
      invokerIamDisabled: true,
      template: template(2),
    });
    const fresh = (await get()).revision;
    assert.notEqual(fresh, old);
    slow.end("two");
    const [answer] = await answered;
    const text = (await answer.toArray()).join("");
    const { pid, revision, text: sent } = JSON.parse(text) as Echo;
    assert.deepEqual({ revision, sent }, { revision: old, sent: "one two" });
    await until("the old instance is gone", () => !alive(pid), 20_000);
  });

  it("hands a secret to new instances only while its version is enabled", async () => {
    const number = await run.addSecret("echo-secret", "hidden value");
    const secretEnv = env({}, { SECRET: ["echo-secret", number] });
    const patched = await run.done("PATCH", `${SERVICES}/echo`, {
      invokerIamDisabled: true,
      template: template(3, { env: secretEnv }),
    });
    assert.equal(patched.error, undefined);
    await run.ok(
      "POST",
      `/v1/projects/example-project/secrets/echo-secret/versions/${number}:disable`,
      {},
    );
    await fetch(`${uri}/die`);
    const [revision] = (await run.ok("GET", `${SERVICES}/echo/revisions`)).revisions;
    await until(
      "the revision tells of it",
      async () => {
        const found = await run.ok("GET", `/v2/${revision?.name}`);
        return JSON.stringify(found.conditions).includes("is in DISABLED state");
      },
      20_000,
    );
    assert.equal(new Set([(await get()).pid, (await get()).pid]).size, 1);
  });

  it("starts no more processes than scaling allows, and one at least", async () => {
    const { error } = await run.done("PATCH", `${SERVICES}/echo`, {
      invokerIamDisabled: true,
      template: { ...template(4), scaling: { maxInstanceCount: 1 } },
    });
    assert.equal(error, undefined);
    assert.equal(new Set([(await get()).pid, (await get()).pid]).size, 1);
  });
});
