import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RekeyError } from "../../operator/errors";
import {
  POLICY_FILE,
  dayOfCheck,
  withPolicyConfiguration,
} from "../../operator/policy-configuration";

const RULE = "no-plaintext-credential-in-cloud-run-env";
const ACCEPTED = {
  urn: "gcp:cloudrunv2/service:Service::demo",
  path: "*",
  reason: "the demonstration account holds no data",
  expires: "2026-06-30",
};

describe("the policies' configuration of a project", () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), "rekey-project-"));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  function given(file: object | string): void {
    writeFileSync(join(cwd, POLICY_FILE), typeof file === "string" ? file : JSON.stringify(file));
  }
  const made = (day?: string) =>
    withPolicyConfiguration({ cwd, day }, ([file]) =>
      Promise.resolve(
        file === undefined
          ? undefined
          : (JSON.parse(readFileSync(file, "utf8")) as Record<string, object>),
      ),
    );

  it("is none where the project has no policies.json", async () => {
    assert.equal(await made("2026-06-01"), undefined);
  });

  it("holds what is accepted against the day, and judges nothing else by it", async () => {
    given({
      suppressions: [{ rule: RULE, ...ACCEPTED }],
      rules: { "no-weak-password": { minLength: 14 } },
    });
    const configuration = await made("2026-06-01");
    assert.deepEqual(configuration?.[RULE], { at: "2026-06-01", suppressions: [ACCEPTED] });
    assert.deepEqual(configuration?.["no-weak-password"], { minLength: 14 });
  });

  it("has no day where none is given", async () => {
    given({ suppressions: [{ rule: RULE, ...ACCEPTED }] });
    assert.deepEqual((await made())?.[RULE], { suppressions: [ACCEPTED] });
  });

  it("is gone when the engine is done", async () => {
    given({});
    const file = await withPolicyConfiguration({ cwd }, ([first]) => Promise.resolve(first!));
    assert.equal(existsSync(dirname(file)), false);
  });

  for (const [what, file, message] of [
    ["no JSON", "canary", /is no JSON document/],
    ["no object", "[]", /expected object/],
    [
      "a rule that is switched off",
      { rules: { [RULE]: { enforcementLevel: "disabled" } } },
      /enforcementLevel: allowed is "mandatory"/,
    ],
  ] as const)
    it(`stops with exit code 2 at ${what}, names the file and quotes nothing of it`, async () => {
      given(file);
      await assert.rejects(made(), (error: RekeyError) => {
        assert.equal(error.exitCode, 2);
        assert.equal(error.path, join(cwd, POLICY_FILE));
        assert.match(error.message, message);
        assert.match(String(error.fix), /rekey-policies policies\.json/);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });

  it("takes the day from the operator's clock, in UTC", () => {
    assert.equal(dayOfCheck(new Date("2026-06-01T23:59:59-05:00")), "2026-06-02");
  });
});
