import assert from "node:assert/strict";
import { interpolate, parseEnvFile } from "../../../../rehearsal/clouds/host/env-file";

describe("rehearsal/clouds/host/env-file, as docker compose reads env files", () => {
  const CASES: Readonly<Record<string, readonly [text: string, value: string]>> = {
    "a bare value": ["A=b", "b"],
    "a bare value with a comment": ["A=b # c", "b"],
    "a sign that is no comment": ["A=b#c", "b#c"],
    "an exported variable": ["export A = b ", "b"],
    "a colon": ["A: b", "b"],
    "an empty value": ["A=\nB=x", ""],
    "single quotes": [`A='$X "y" \\n #z' # c`, `$X "y" \\n #z`],
    "an escaped single quote": ["A='let\\'s'", "let's"],
    "double quotes": ['A="x\\ty \\"z\\" \\$B \\\\"', 'x\ty "z" $B \\'],
    "several lines": ["A='x\ny'", "x\ny"],
    "what stands above": ['B=x\nA="<$B>"', "<x>"],
    "a default": ["A=${B:-x}", "x"],
  };
  for (const [what, [text, value]] of Object.entries(CASES))
    it(`reads ${what}`, () => assert.equal(parseEnvFile(text)["A"], value));

  it("names the line of a mistake and nothing of its text", () => {
    const failing = (text: string) => {
      assert.throws(() => parseEnvFile(text), (error) => /^Error: line 2: /.test(String(error)) && !String(error).includes("canary")); // prettier-ignore
    };
    failing("A=b\nC='canary");
    failing("A=b\ncanary canary");
  });

  it("refuses a dollar sign that means nothing", () => {
    assert.throws(() => interpolate("100$", {}), /invalid interpolation format/);
    assert.equal(interpolate("$$5 ${A}$B", { A: "a" }), "$5 a");
  });
});
