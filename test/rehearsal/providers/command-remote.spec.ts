import assert from "node:assert/strict";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type TestHost, testHost } from "../clouds/host/fixture";
import { TestProject } from "./project";
import { unusedPort } from "../../support/ports";

describe("rehearsal/providers command.remote, on the real engine over real SSH", function () {
  this.timeout(300_000);
  let project: TestProject;
  let on: TestHost;
  before(async () => {
    project = await TestProject.create();
    on = await testHost();
  });
  after(async () => {
    await on?.remove();
    await project?.remove();
  });

  const connection = () => {
    const { address, port, user, privateKey, hostKey } = on.host;
    return { host: address, port, user, privateKey: privateKey.reveal(), hostKey };
  };
  const program =
    (args: Omit<remote.CommandArgs, "connection">, changed: object = {}) =>
    () => {
      const command = new remote.Command("command", { ...args, connection: { ...connection(), ...changed } }); // prettier-ignore
      return Promise.resolve({ stdout: command.stdout });
    };
  const rejection = (...given: Parameters<typeof program>): Promise<string> =>
    project.up(program(...given)).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );

  it("creates, changes in place and deletes, with its input and its outputs, which are secret", async () => {
    const create = `cat > '${on.host.root}/made'; echo created`;
    const args = { create, update: "cat; echo changed", delete: `rm '${on.host.root}/made'` };
    await project.up(program({ ...args, stdin: "one" }));
    const { stdout } = await project.outputs();
    assert.deepEqual(stdout, { value: "created", secret: true });
    const plan = await project.preview(program({ ...args, stdin: "two " }));
    assert.deepEqual(plan.differences, ["command stdin update"]);
    await project.up(program({ ...args, stdin: "two " }));
    assert.equal((await project.outputs())["stdout"]?.value, "two changed");
    await project.up(() => Promise.resolve());
    assert.ok(!(await project.state()).includes("command:remote"));
  });

  it("replaces a command when a trigger changes", async () => {
    await project.up(program({ create: "true", triggers: [1] }));
    const plan = await project.preview(program({ create: "true", triggers: [2] }));
    assert.deepEqual(plan.differences, ["command triggers[0] update-replace"]);
  });

  it("fails with the exit status, the command and what it wrote, secrets cut out", async () => {
    const stdin = pulumi.secret("canary-of-input");
    const error = await rejection({ create: "cat >&2; exit 3", stdin });
    assert.match(error, /Process exited with status 3: running "cat >&2; exit 3":\s+\[secret\]/);
    assert.doesNotMatch(error, /canary/);
  });

  it("refuses an address beyond this machine, an environment and a password", async () => {
    assert.match(await rejection({ create: "true" }, { host: "192.0.2.7" }), /not on this machine/);
    assert.match(await rejection({ create: "true", environment: { A: "b" } }), /unknown input "environment"/); // prettier-ignore
    assert.match(await rejection({ create: "true" }, { password: "x" }), /unknown input "connection.password"/); // prettier-ignore
  });

  it("tries again while nobody answers, as often as it may", async () => {
    const port = await unusedPort();
    const error = await rejection({ create: "true" }, { port, dialErrorLimit: 2 });
    assert.match(error, /ECONNREFUSED/);
  });
});
