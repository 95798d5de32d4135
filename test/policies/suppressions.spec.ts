import assert from "node:assert/strict";
import { noPlaintextCredentialInCloudRunEnv as rule } from "../../policies/rules/no-plaintext-credential-in-cloud-run-env";
import { suppressionsAreDated } from "../../policies/rules/suppressions-are-dated";
import { judged } from "../../policies/suppressions";
import { CommonSettings, commonSettings } from "../../policies/suppressions";
import { policyConfiguration } from "../../policies/pack-configuration";
import { rules } from "../../policies/index";
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

  it("never fit every resource", () => {
    for (const urn of [
      "*",
      "***",
      "*::*",
      "urn:pulumi:*",
      "urn:pulumi:dev::*",
      "*a*",
      "x:y*::*",
      "",
    ])
      assert.throws(() => settings({ urn }), /names no resource/, urn);
    for (const urn of ["db", "*sample", "gcp:cloudrunv2/service:Service::*", `${URN}*`])
      assert.doesNotThrow(() => settings({ urn }), urn);
  });

  it("end within a year of the day of the check", () => {
    const end = (expires: string, at?: string) =>
      judged(rule.id, URN, PATH, settings({ expires }, at));
    assert.equal(end("2027-06-02", "2026-06-01").suppressed, true);
    assert.deepEqual(end("2027-06-03", "2026-06-01"), {
      suppressed: false,
      note: "its suppression ends more than 366 days after the day of the check",
    });
    assert.equal(end("2036-06-03").suppressed, true);
  });

  it("stand in one file with the other settings, from which the engine's configuration is made", () => {
    const made = policyConfiguration(
      {
        at: "2026-06-01",
        suppressions: [{ rule: rule.id, urn: "sample", reason: REASON, expires: "2026-06-30" }],
        rules: { "no-weak-password": { minLength: 14 } },
      },
      rules,
    );
    assert.deepEqual(made[rule.id], {
      at: "2026-06-01",
      suppressions: [{ urn: "sample", path: "*", reason: REASON, expires: "2026-06-30" }],
    });
    assert.deepEqual(made["no-weak-password"], { at: "2026-06-01", minLength: 14 });
    assert.equal(Object.keys(made).length, rules.length);
  });

  it("refuse a rule that is not there, by its name", () => {
    const wrong = {
      suppressions: [
        { rule: "no-such-rule", urn: "sample", reason: REASON, expires: "2026-06-30" },
      ],
    };
    assert.throws(
      () => policyConfiguration(wrong, [rule]),
      /suppressions\.0\.rule: there is no rule 'no-such-rule'.*no-plaintext-credential-in-cloud-run-env/,
    );
  });
});

describe("the one file for the whole pack", () => {
  const refusals: readonly (readonly [string, object, RegExp])[] = [
    [
      "a rule that is switched off",
      own({ enforcementLevel: "disabled" }),
      /rules\.no-weak-password\.enforcementLevel: allowed is "mandatory"; to accept a finding, add it to `suppressions`/,
    ],
    [
      "a rule that only advises",
      own({ enforcementLevel: "advisory" }),
      /enforcementLevel: allowed is "mandatory"/,
    ],
    [
      "a day of a rule's own",
      own({ at: "2020-01-01" }),
      /rules\.no-weak-password\.at: the day is one for all rules: give it with --at/,
    ],
    [
      "suppressions below a rule",
      own({ suppressions: [] }),
      /rules\.no-weak-password\.suppressions: they stand at the top of the file/,
    ],
    [
      "a misspelt setting",
      own({ minLenght: 14 }),
      /rules\.no-weak-password: Unrecognized key: "minLenght"; its settings are .*minLength/,
    ],
    [
      "a setting of another kind",
      own({ minLength: "canary" }),
      /rules\.no-weak-password\.minLength: .*number.*; its settings are/,
    ],
    [
      "settings of a rule that is not there",
      { rules: { nothing: {} } },
      /rules: there is no rule 'nothing'/,
    ],
    [
      "a suppression of everything",
      suppressing({ urn: "*" }),
      /suppressions\.0\.urn: names no resource: allowed is/,
    ],
    [
      "a suppression without end",
      suppressing({ expires: "2126-01-01" }),
      /suppressions\.0\.expires: it ends more than 366 days after the day of the check/,
    ],
    [
      "a suppression that ends on no day",
      suppressing({ expires: "soon" }),
      /suppressions\.0\.expires: it has no RFC 3339 date/,
    ],
    [
      "a misspelt part of a suppression",
      suppressing({ paht: "x" }),
      /suppressions\.0: Unrecognized key: "paht"/,
    ],
    ["a day that is none", { at: "2026-02-30" }, /at: a day is written YYYY-MM-DD/],
  ];
  for (const [what, file, message] of refusals)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => policyConfiguration(file, rules),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        },
      );
    });

  it("may raise a rule to mandatory", () => {
    const made = policyConfiguration(own({ enforcementLevel: "mandatory", minLength: 14 }), rules);
    assert.deepEqual(made["no-weak-password"], { enforcementLevel: "mandatory", minLength: 14 });
  });

  it("is not needed for a misspelt setting to be refused: the pack refuses the engine's own configuration too", async () => {
    const misspelt = { [rule.id]: { allowedName: ["DB_PASSWORD"] } };
    await assert.rejects(
      withPolicyConfiguration(misspelt, () => analyzeProgram(program(), rule)),
      /configuration of policy no-plaintext-credential-in-cloud-run-env is wrong at allowedName/,
    );
  });

  function own(settings: Record<string, unknown>) {
    return { rules: { "no-weak-password": settings } };
  }
  function suppressing(more: object) {
    const one = { rule: rule.id, urn: "sample", reason: REASON, expires: "2026-06-30", ...more };
    return { at: "2026-06-01", suppressions: [one] };
  }
});
