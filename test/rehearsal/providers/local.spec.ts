import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { TestProject } from "./project";

describe("rehearsal/providers random and command, on the real engine", function () {
  this.timeout(120_000);
  let project: TestProject;
  before(async () => (project = await TestProject.create()));
  after(() => project.remove());

  const passwords = (generation: number, length = 24) =>
    function program() {
      const options = { length, special: false, keepers: { generation: String(generation) } };
      const password = new random.RandomPassword("password", options);
      const bytes = new random.RandomBytes("bytes", { length: 32 });
      const id = new random.RandomId("id", { byteLength: 4, prefix: "app-" });
      const number = new random.RandomInteger("number", { min: 3, max: 3 });
      return Promise.resolve({
        password: password.result,
        hex: bytes.hex,
        name: id.hex,
        number: number.result,
      });
    };
  let first: string;

  it("previews creation, creates, and then finds nothing to do", async () => {
    const plan = await project.preview(passwords(1));
    assert.equal(plan.steps.length, 4);
    assert.deepStrictEqual((await project.up(passwords(1))).steps, plan.steps);
    assert.deepStrictEqual((await project.up(passwords(1))).steps, []);
    const { password, hex, name, number } = await project.outputs();
    first = String(password?.value);
    assert.match(first, /^[A-Za-z0-9]{24}$/);
    assert.ok(password?.secret && hex?.secret && !name?.secret);
    assert.match(String(name?.value), /^app-[0-9a-f]{8}$/);
    assert.equal(number?.value, 3);
  });

  it("keeps values out of the state, but for the id of RandomBytes, as the official provider has it", async () => {
    const state = await project.state();
    const { hex } = await project.outputs();
    assert.ok(!state.includes(first) && !state.includes(String(hex?.value)));
    assert.equal((await project.resource("password")).id, "none");
    const { id } = await project.resource("bytes");
    assert.equal(Buffer.from(id, "base64").toString("hex"), hex?.value);
  });

  it("replaces a password when its keeper changes, and says which input did it", async () => {
    const plan = await project.preview(passwords(2));
    assert.deepStrictEqual(plan.differences, ["password keepers"]);
    await project.up(passwords(2));
    const { password } = await project.outputs();
    assert.notEqual(password?.value, first);
  });

  it("survives a refresh without a change", async () => {
    const before = await project.outputs();
    await project.refresh();
    assert.deepStrictEqual(await project.outputs(), before);
    assert.deepStrictEqual((await project.up(passwords(2))).steps, []);
  });

  it("refuses an input that it does not know, naming it and nothing of its value", async () => {
    const token = "random:index/randomPassword:RandomPassword";
    const program = () => {
      // The typed SDK drops what it does not know; a program in another language may not.
      const typo = { length: 8, lenght: pulumi.secret("canary-of-a-typo") };
      class Untyped extends pulumi.CustomResource {}
      return Promise.resolve(void new Untyped(token, "password", typo));
    };
    const error = await rejection(project.preview(program));
    assert.match(error, /unknown input "lenght" of random:index\/randomPassword:RandomPassword/);
    assert.ok(!error.includes("canary-of-a-typo"));
  });

  it("refuses a resource that it does not have", async () => {
    const program = () => Promise.resolve(void new random.RandomPet("pet"));
    const error = await rejection(project.preview(program));
    assert.match(error, /no resource random:index\/randomPet:RandomPet/);
  });

  const commands = (args: local.CommandArgs, opts?: pulumi.CustomResourceOptions) => () => {
    const command = new local.Command("command", args, opts);
    return Promise.resolve({ stdout: command.stdout, stderr: command.stderr });
  };

  it("runs create, update and delete commands with the output of the run before", async () => {
    const args = {
      create: 'read line; printf "%s %s" "$NAME" "$line"; echo oops >&2',
      update: 'printf "after %s" "$PULUMI_COMMAND_STDOUT"',
      delete: `printf %s "$PULUMI_COMMAND_STDOUT" > deleted`,
      dir: project.dir,
      environment: { NAME: "one" },
      stdin: "input\n",
    };
    const created = await project.up(commands(args));
    assert.ok(created.messages.includes("one input"));
    const { stdout, stderr } = await project.outputs();
    assert.deepStrictEqual([stdout?.value, stderr?.value], ["one input", "oops"]);
    await project.up(commands({ ...args, environment: { NAME: "two" } }));
    assert.equal((await project.outputs()).stdout?.value, "after one input");
    await project.up(() => Promise.resolve());
    await access(join(project.dir, "deleted"));
  });

  it("replaces a command when a trigger changes", async () => {
    await project.up(commands({ create: "true", triggers: [1] }));
    const plan = await project.preview(commands({ create: "true", triggers: [2] }));
    assert.deepStrictEqual(plan.differences, ["command triggers[0] update-replace"]);
  });

  it("makes outputs secret when an input is, and cuts the secret out of errors and log lines", async () => {
    const canary = "canary-0f-a-command";
    const args = { environment: { TOKEN: pulumi.secret(canary) }, logging: "stdout" as const };
    const told = await project.up(commands({ ...args, create: 'echo "token $TOKEN"' }));
    assert.deepStrictEqual(told.messages, ["token [secret]"]);
    assert.equal((await project.outputs()).stdout?.secret, true);
    assert.ok(!(await project.state()).includes(canary));
    const failing = { ...args, create: 'echo "bad $TOKEN" >&2; exit 3' };
    const error = await rejection(project.up(commands(failing)));
    assert.match(error, /exit status 3: the create command of command failed\s+bad \[secret\]/);
    assert.ok(!error.includes(canary));
  });

  it("refuses assets, which it does not serve", async () => {
    const program = commands({ create: "true", assetPaths: ["*"] });
    assert.match(await rejection(project.preview(program)), /unknown input "assetPaths"/);
  });

  it("destroys everything", async () => {
    await project.destroy();
    assert.ok(!(await project.state()).includes("random:index"));
  });

  it("ends by itself when its engine is killed", async () => {
    const marker = join(project.dir, "child.pid");
    const script = join(project.dir, "engine.cjs");
    const binary = join(
      __dirname,
      "../../../rehearsal/providers/bin/random/pulumi-resource-random",
    );
    await writeFile(
      script,
      `const child = require("node:child_process").spawn(${JSON.stringify(binary)}, { stdio: ["pipe", "pipe", "inherit"] });
       require("node:fs").writeFileSync(${JSON.stringify(marker)}, String(child.pid));
       child.stdout.once("data", (port) => { console.log(child.pid, String(port).trim()); process.kill(process.pid, "SIGKILL"); });`,
    );
    const run = promisify(execFile)(process.execPath, [script]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const [pid, port] = stdout.trim().split(" ").map(Number);
    assert.ok(pid && port);
    const deadline = Date.now() + 5_000;
    while (isAlive(pid)) {
      assert.ok(Date.now() < deadline, "the provider server outlived its engine");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

async function rejection(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => assert.fail("it passed"),
    (reason: unknown) => String(reason),
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}
