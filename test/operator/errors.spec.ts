import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { ConfigurationError } from "../../components/errors";
import { RekeyError, report, scrub } from "../../operator/errors";
import { printJson } from "../../operator/output";
import { FakeStream } from "./fake-stream";

const CANARY = "hunter2-canary";

const mistake = new ConfigurationError({
  path: "rekey:rotations.SECRET_KEY.active",
  problem: "slot c does not exist",
  allowed: "a or b",
  fix: "pulumi config set --path rekey:rotations.SECRET_KEY.active a",
});

describe("RekeyError", () => {
  it("is a failure unless it is told to be a mistake of usage", () => {
    assert.equal(new RekeyError({ code: "x", message: "y" }).exitCode, 1);
    const usage = RekeyError.usage({ message: "which secret?", fix: "name one" });
    assert.deepEqual([usage.code, usage.exitCode], ["usage", 2]);
  });

  it("takes over a mistake in the configuration, also one of another copy of the class", () => {
    const foreign = Object.assign(new Error(mistake.message), { ...mistake });
    for (const error of [mistake, foreign]) {
      const converted = RekeyError.from(error);
      assert.equal(converted.exitCode, 2);
      assert.deepEqual(converted.toJSON(), {
        error: {
          code: "configuration",
          message: "slot c does not exist",
          path: "rekey:rotations.SECRET_KEY.active",
          allowed: "a or b",
          fix: "pulumi config set --path rekey:rotations.SECRET_KEY.active a",
        },
      });
    }
  });

  it("passes its own kind on and makes something of everything else", () => {
    const own = RekeyError.usage({ message: "x" });
    assert.equal(RekeyError.from(own), own);
    const argument = new InvalidArgumentError("error: not a number");
    assert.deepEqual(RekeyError.from(argument).toJSON(), {
      error: { code: "usage", message: "not a number", fix: "see `rekey --help`" },
    });
    assert.equal(RekeyError.from(CANARY).message.includes(CANARY), false);
    const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    assert.match(RekeyError.from(full).fix ?? "", /free some space/);
  });

  it("keeps only what the engine calls an error", () => {
    const text = `code: -2\n stdout: ${CANARY}\n stderr: Command failed\nerror: the stack is currently locked by 1\n`;
    const failed = Object.assign(new Error(text), { name: "ConcurrentUpdateError" });
    const { code, message, fix } = RekeyError.from(failed);
    assert.deepEqual([code, message], ["stack-locked", "the stack is currently locked by 1"]);
    assert.match(fix ?? "", /`rekey up`/);
  });

  it("drops the passwords of URLs and the tokens of headers", () => {
    const text = `cannot reach postgres://app:${CANARY}@example.com/db\n with Bearer ${CANARY}`;
    const expected = "cannot reach postgres://app:[secret]@example.com/db with Bearer [secret]";
    assert.equal(scrub(text), expected);
  });
});

describe("report", () => {
  it("tells people what is wrong and what mends it, on standard error", async () => {
    const [stdout, stderr] = [new FakeStream(), new FakeStream()];
    assert.equal(await report(mistake, { stdout, stderr, env: {} }), 2);
    assert.equal(
      stderr.text,
      "error: slot c does not exist\n" +
        "  setting  rekey:rotations.SECRET_KEY.active\n" +
        "  allowed  a or b\n" +
        "  fix      pulumi config set --path rekey:rotations.SECRET_KEY.active a\n",
    );
    assert.equal(stdout.text, "");
  });

  it("fits a narrow terminal", async () => {
    const stderr = new FakeStream({ columns: 30 });
    await report(mistake, { stdout: new FakeStream(), stderr, env: {} });
    for (const line of stderr.text.split("\n")) assert.ok(line.length <= 30, line);
  });

  it("gives scripts one document, and keeps to one", async () => {
    const [stdout, stderr] = [new FakeStream(), new FakeStream()];
    assert.equal(await report(new Error("it broke"), { json: true, stdout, stderr, env: {} }), 1);
    const expected = { error: { code: "unexpected", message: "it broke" } };
    assert.deepEqual(JSON.parse(stdout.text), expected);
    assert.equal(stderr.text, "");

    const used = new FakeStream();
    await printJson({}, used);
    await report(new Error("it broke"), { json: true, stdout: used, stderr, env: {} });
    assert.equal(used.text, "{}\n");
    assert.equal(stderr.text, "error: it broke\n");
  });

  it("shows places in the source on request only, and never what causes say", async () => {
    const cause = new Error(`password ${CANARY}\n    at ${CANARY}`);
    const error = new RekeyError({ code: "x", message: "log-in failed", cause });
    const quiet = new FakeStream();
    await report(error, { stderr: quiet, env: {} });
    assert.equal(quiet.text, "error: log-in failed\n");
    const loud = new FakeStream();
    await report(error, { stderr: loud, env: { REKEY_DEBUG: "1" } });
    assert.match(loud.text, /errors\.spec\.ts[\s\S]*caused by\nError\n\s+at .*errors\.spec\.ts/);
    assert.equal(loud.text.includes(CANARY), false);
  });
});
