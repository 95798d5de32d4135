import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

/** Runs a script in a process of its own, in which the SDK gets its seldom used modules late; answers what it printed. */
function run(script: string): string {
  const late = `require(${JSON.stringify(join(ROOT, "policies/late.cjs"))})();`;
  return execFileSync(process.execPath, ["-e", late + script], { cwd: ROOT, encoding: "utf8" });
}
const loaded = `Object.keys(require.cache).some((file) => /node_modules.(typescript|@npmcli.arborist).lib/.test(file))`;

describe("policies/late", function () {
  this.timeout(60_000);

  it("starts the SDK without the TypeScript compiler and npm's dependency tree", () => {
    assert.equal(run(`require("@pulumi/pulumi"); console.log(${loaded})`), "false\n");
  });

  it("has them there for a function that is serialized", () => {
    const serialize = `require("@pulumi/pulumi").runtime.serializeFunction(() => 40 + 2)`;
    const printed = run(`${serialize}.then(({ text }) => console.log(text.includes("40 + 2"), ${loaded}))`); // prettier-ignore
    assert.equal(printed, "true true\n");
  });

  it("leaves them to others as they are", () => {
    const version = `require("typescript").version`;
    assert.match(run(`console.log(${version})`), /^\d+\.\d+/);
  });
});
