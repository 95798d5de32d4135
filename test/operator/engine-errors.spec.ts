import assert from "node:assert/strict";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { explain } from "../../operator/engine-errors";

const place = { cwd: "/a/project", stack: "prod", command: {} as PulumiCommand };

function told(text: string) {
  const observed = { messages: [] };
  return explain(new Error(text), { place, observed, mistake: undefined });
}

/** What an operator is told of an update that ended with this of a provider. */
function toldOf(message: string) {
  const {
    message: said,
    fix,
    exitCode,
  } = explain(new Error("update failed"), {
    place,
    observed: { messages: [message] },
    mistake: undefined,
  });
  return { said, fix: fix ?? "", exitCode };
}

describe("operator/engine-errors: a label of AWS Secrets Manager that is off already", () => {
  it("asks for one more rekey up, by which the state learns of it, in the words of either provider", () => {
    const official =
      "deleting Secrets Manager Secret Version (arn|id) stage (rekey-g1): operation error Secrets Manager: UpdateSecretVersionStage, https response error StatusCode: 400, api error InvalidParameterException: not attached";
    const ours =
      "Secrets Manager UpdateSecretVersionStage on project/prod/JWT_SECRET (rekey-g1): InvalidParameterException 400: not attached";
    for (const message of [official, ours]) {
      const { said, fix, exitCode } = toldOf(message);
      assert.ok(said.includes(message));
      assert.match(fix, /rekey up -s prod once more reads it/);
      assert.equal(exitCode, 1);
    }
  });

  it("asks for nothing but another update where the call failed for another reason", () => {
    const { fix } = toldOf(
      "Secrets Manager UpdateSecretVersionStage on project/prod/JWT_SECRET (rekey-g1): ThrottlingException 400: Rate exceeded",
    );
    assert.match(fix, /^mend the cause, then rekey up -s prod/);
  });
});

describe("operator/engine-errors: a program that failed in one of its values", () => {
  it("is told by what was wrong, without the lines of its stack and without the end that was put to it", () => {
    const failed =
      "Unhandled exception: Error: this is no key\n    at somewhere (/a/project/stacks/x.ts:1:2)\n    at other";
    const { message } = explain(new Error("code: 1"), {
      place,
      observed: { messages: [failed, "preview canceled"] },
      mistake: undefined,
    });
    assert.equal(message, "the update failed: Unhandled exception: Error: this is no key");
  });
});

describe("operator/engine-errors: what the engine says, in words of the operator", () => {
  const plugin = [
    "error: no resource plugin 'pulumi-resource-gcp' found in the workspace at version v9.35.0 or on your $PATH",
    "error: could not load plugin for random provider 'urn:pulumi:prod::rekey::pulumi:providers:random::default': not found",
    'error: failed to download plugin: gcp-9.35.0: Get "https://downloads.example.com": no such host',
  ];
  for (const text of plugin)
    it(`a plugin that is not to be had: ${text.slice(7, 40)}…`, () => {
      const { code, exitCode, path, fix } = told(`code: 255\nstderr: ${text}\n`);
      assert.deepEqual([code, exitCode, path], ["no-plugin", 2, "PATH"]);
      assert.match(String(fix), /PATH.*pulumi plugin install/);
    });

  it("a generation in use that would go: the record put back, and for the key of tokens `formerly` where its algorithm changed", () => {
    const of = (component: string) =>
      toldOf(
        `resource "urn:pulumi:prod::rekey::rekey:index:${component}$tls:index/privateKey:PrivateKey::jwt-a" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag`,
      ).said;
    for (const said of [of("JwtKey"), of("Keyring")]) {
      assert.match(said, /because it is protected\. \(.*put the record back.*`rekey activate`\)$/s);
      assert.doesNotMatch(said, /unprotect/);
    }
    assert.match(of("JwtKey"), /`algorithm` changed set `formerly`/);
    assert.doesNotMatch(of("Keyring"), /formerly/);
  });

  it("a note about a plugin on PATH is no reason of a failure", () => {
    const note =
      "warning: using pulumi-resource-gcp from $PATH at /bin: install the plugin instead";
    assert.equal(told(`${note}\nerror: update failed`).code, "update-failed");
  });

  for (const [text, code, exitCode] of [
    ["error: incorrect passphrase", "wrong-passphrase", 2],
    ["error: no stack named 'prod' found", "no-stack", 2],
    ["error: write /state: no space left on device", "no-space", 1],
    ["error: the stack is currently locked by 1 lock(s)", "locked", 1],
  ] as const)
    it(`${code}`, () => {
      const error = told(text);
      assert.deepEqual([error.code, error.exitCode], [code, exitCode]);
      assert.ok(error.fix);
    });
});
