import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigurationError } from "../../../components";
import { checkVariableNames, composeEnvFile } from "../../../components/consumers/compose-host-env";
import { parseEnvFile } from "../../../rehearsal/clouds/host/env-file";

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/);
const awkward = fc.constantFrom(
  "'",
  '"',
  "\\",
  "$",
  "${A}",
  "#",
  " #",
  "\n",
  "\r",
  "\t",
  "=",
  "é",
  "A=",
);
const value = fc
  .array(fc.oneof(awkward, fc.string({ unit: "binary" }), fc.string()))
  .map((parts) => parts.join(""))
  .filter((text) => !text.includes("\0") && !text.endsWith("\\"));

describe("components/consumers/compose-host-env", function () {
  this.timeout(20_000);

  it("writes what compose reads back, whatever the values hold", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one }),
        (variables) => {
          const read = parseEnvFile(composeEnvFile(variables));
          assert.deepStrictEqual({ ...read }, { ...Object.fromEntries(variables) });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("puts each variable on a line of its own and ends with the mark of a whole file", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (variables) => {
        const lines = composeEnvFile(variables).split("\n");
        assert.equal(lines.length, variables.length + 2);
        assert.deepEqual(lines.slice(-2), ["# end", ""]);
      }),
    );
  });

  it("quotes plainly where it can", () => {
    const file = composeEnvFile([
      ["PLAIN", "abc"],
      ["EMPTY", ""],
      ["DOLLAR", 'a$b #c\\d"e'],
      ["QUOTE", "it's $5\\" + "n"],
      ["LINES", "one\ntwo"],
    ]);
    assert.deepEqual(file.split("\n").slice(0, -2), [
      "PLAIN='abc'",
      "EMPTY=''",
      "DOLLAR='a$b #c\\d\"e'",
      'QUOTE="it\'s \\$5\\\\n"',
      'LINES="one\\ntwo"',
    ]);
  });

  for (const [what, bad] of [
    ["a backslash at its end", "canary\\"],
    ["a NUL", "canary\0"],
  ] as const)
    it(`refuses a value with ${what}, naming the variable and not the value`, () => {
      assert.throws(
        () => composeEnvFile([["SECRET_KEY", bad]]),
        (error) =>
          error instanceof ConfigurationError &&
          error.path.includes("SECRET_KEY") &&
          !error.message.includes("canary"),
      );
    });

  for (const [what, names] of [
    ["begins with a digit", ["1A"]],
    ["has a line break", ["A\nB"]],
    ["is given twice", ["A", "B", "A"]],
  ] as const)
    it(`refuses a variable whose name ${what}`, () => {
      assert.throws(() => checkVariableNames("host.env", names), ConfigurationError);
    });
});
