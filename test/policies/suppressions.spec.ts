import assert from "node:assert/strict";
import { noPlaintextCredentialInCloudRunEnv as rule } from "../../policies/rules/no-plaintext-credential-in-cloud-run-env";
import { suppressionsAreDated } from "../../policies/rules/suppressions-are-dated";
import { judged } from "../../policies/suppressions";
import { CommonSettings, commonSettings } from "../../policies/suppressions";
import { policyConfiguration } from "../../policies/pack-configuration";
import { policies } from "../../policies/index";
import { service } from "./rules/cloud-run";
import { analyzeProgram, configure, withPolicyConfiguration } from "./harness";

const URN = "urn:pulumi:dev::example-project::gcp:cloudrunv2/service:Service::sample";
const PATH = ["template", "containers", 0, "envs", 0, "value"];
const REASON = "a demonstration account without any data";
const program = () => [service({ name: "DB_PASSWORD", value: "canary-4f1c9b" })];

function settings(more: object, at?: string): CommonSettings {
  const suppression = { urn: "sample", reason: REASON, expires: "2026-06-30", ...more };
  return commonSettings.parse({ suppressions: [suppression], at });
}
const suppressed = (more: object, at = "2026-06-01") =>
  judged(rule.id, URN, PATH, settings(more, at)).suppressed;

describe("suppressions", () => {
  beforeEach(() => configure({}));

  it("hold back the finding that they name, by the end of the URN, the whole of it or a pattern", () => {
    for (const urn of [
      "sample",
      "gcp:cloudrunv2/service:Service::sample",
      URN,
      "*::sample",
      "sam*",
    ])
      assert.equal(suppressed({ urn }), true, urn);
    for (const urn of ["ample", "other", "sample2", "Service", "s.mple"])
      assert.equal(suppressed({ urn }), false, urn);
  });

  it("hold back one path, or a pattern of paths", () => {
    for (const path of [
      "*",
      "template.containers[0].envs[0].value",
      "template.containers[*].envs[*].value",
    ])
      assert.equal(suppressed({ path }), true, path);
    for (const path of ["template", "template.containers[0].envs[1].value", "*name"])
      assert.equal(suppressed({ path }), false, path);
  });

  it("end after their last day, by the day that CI gives", () => {
    assert.equal(suppressed({}, "2026-06-30"), true);
    const late = judged(rule.id, URN, PATH, settings({}, "2026-07-01"));
    assert.deepEqual(late, { suppressed: false, note: "its suppression has expired" });
  });

  it("do not count without a date, or when the day of the check is none", () => {
    assert.equal(suppressed({ expires: "soon" }), false);
    assert.equal(suppressed({}, "today"), false);
  });

  it("are refused without a reason or an expiry", () => {
    assert.throws(() => settings({ reason: "because" }));
    assert.throws(() => settings({ expires: undefined }));
  });

  it("are read from the policy's configuration, and without a day an advisory says so", async () => {
    const one = { urn: "sample", reason: REASON, expires: "2026-06-30" };
    const only = [rule, suppressionsAreDated];
    const run = (at?: string) =>
      withPolicyConfiguration({ [rule.id]: { suppressions: [one], ...(at && { at }) } }, () =>
        analyzeProgram(program(), ...only),
      );
    assert.deepEqual(await run("2026-06-01"), []);
    const [expired] = await run("2026-07-01");
    assert.match(expired!.message, /\(its suppression has expired\)/);
    const undated = await run();
    assert.deepEqual(
      undated.map(({ policy }) => policy),
      ["suppressions-are-dated"],
    );
    assert.match(
      undated[0]!.message,
      /no-plaintext-credential-in-cloud-run-env is suppressed until 2026-06-30/,
    );
  });

  it("stand in one file with the other settings, from which the engine's configuration is made", () => {
    const made = policyConfiguration(
      {
        at: "2026-06-01",
        suppressions: [{ rule: rule.id, urn: "sample", reason: REASON, expires: "2026-06-30" }],
        rules: { "no-weak-password": { minLength: 14 } },
      },
      policies().map(({ name }) => name),
    );
    assert.deepEqual(made[rule.id], {
      at: "2026-06-01",
      suppressions: [{ urn: "sample", path: "*", reason: REASON, expires: "2026-06-30" }],
    });
    assert.deepEqual(made["no-weak-password"], { at: "2026-06-01", minLength: 14 });
    assert.equal(Object.keys(made).length, policies().length);
  });

  it("refuse a rule that is not there, by its name", () => {
    const wrong = {
      suppressions: [
        { rule: "no-such-rule", urn: "sample", reason: REASON, expires: "2026-06-30" },
      ],
    };
    assert.throws(
      () => policyConfiguration(wrong, [rule.id]),
      /no-such-rule.*no-plaintext-credential-in-cloud-run-env/,
    );
  });
});
