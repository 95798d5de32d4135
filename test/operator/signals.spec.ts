import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

/**
 * Runs a script in a process that has started another one as the Automation API does, whose library listens for signals as well and ends
 * the process where nobody else does; sends the signals, each once the script has said the word before it.
 */
async function signalled(script: string, signals: readonly [after: string, NodeJS.Signals][]) {
  const other = `require("execa")(process.execPath, ["-e", "setInterval(() => {}, 1000)"]).catch(() => {});`;
  const child = spawn(
    process.execPath,
    ["-r", `${ROOT}/bin/transpile.cjs`, "-e", `${script}\n${other}\nconsole.log("ready");`],
    { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] },
  );
  let out = "";
  const left = [...signals];
  child.stdout.on("data", (chunk: Buffer) => {
    out += String(chunk);
    const [next] = left;
    if (next === undefined || !out.includes(next[0])) return;
    left.shift();
    child.kill(next[1]);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, out };
}

const INTERRUPTIBLE = (end: string) => `
  const { endIfInterrupted, interruptible } = require("./rehearsal/interruption.ts");
  endIfInterrupted(() => new Promise((done) => ${end}));
  interruptible(() => new Promise(() => setInterval(() => {}, 1000)), (line) => console.log(line));`;

describe("signals", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`a rehearsal ends what it started before it ends by ${signal}`, async () => {
      const slow = `setTimeout(() => { console.log("removed"); done(); }, 300)`;
      const ran = await signalled(INTERRUPTIBLE(slow), [["ready", signal]]);
      assert.equal(ran.signal, signal);
      assert.match(ran.out, new RegExp(`${signal}: ending what runs[\\s\\S]*removed`));
    });

  it("a second signal ends it at once", async () => {
    const signals: [string, NodeJS.Signals][] = [
      ["ready", "SIGINT"],
      ["ending what runs", "SIGTERM"],
    ];
    const ran = await signalled(INTERRUPTIBLE("undefined"), signals);
    assert.equal(ran.signal, "SIGTERM");
  });

  it("an update is told to finish, and its failure then says how to go on", async () => {
    const script = `
      const { cancellable } = require("./operator/cancellation.ts");
      const update = ({ signal }) => new Promise((_, reject) =>
        signal.addEventListener("abort", () => setTimeout(() => reject(new Error("canceled")), 300)));
      cancellable(update, (line) => console.log(line), "prod").catch((error) => {
        console.log(error.code, error.exitCode, error.fix);
        process.exit(1);
      });`;
    const ran = await signalled(script, [["ready", "SIGTERM"]]);
    assert.deepEqual([ran.code, ran.signal], [1, null]);
    assert.match(ran.out, /SIGTERM: finishing[\s\S]*broken-off 1 rekey up -s prod goes on/);
  });
});
