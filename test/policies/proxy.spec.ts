import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { buildLanguageHost } from "./language-host";
import { bad } from "./programs/bad";
import { good } from "./programs/good";
import { Bench, Outcome, RunOptions, openBench } from "./programs/preview";
import { CANARY, SETTINGS } from "./programs/program";
import { together, wordsOf } from "./programs/together";

const declared = Object.fromEntries(Object.entries(bad).map(([name, one]) => [name, one.declare]));

describe("the policy pack behind the proxy of Pulumi's SDK, started as the Node language host starts it", function () {
  // The host is built by Go, once a machine.
  this.timeout(900_000);
  const path = process.env["PATH"] ?? "";
  let folder: string;
  let direct: Bench;
  let proxied: Bench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rekey-proxy-"));
    const host = join(folder, "pulumi-language-nodejs");
    await buildLanguageHost(join(__dirname, "proxy"), ".", host);
    direct = await openBench();
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    proxied = await openBench().finally(() => (process.env["PATH"] = path));
    for (const bench of [direct, proxied]) await bench.configure(SETTINGS);
  });
  after(() => {
    direct?.close();
    proxied?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function preview(program: () => unknown, more: RunOptions = {}): Promise<Outcome> {
    const outcome = await proxied.run("preview", program, { known: true, ...more });
    // The engine names what it takes from PATH: this was no pack of the launcher beside it.
    assert.match(outcome.said, /pulumi-language-nodejs from \$PATH/);
    return outcome;
  }

  it("finds in every bad program the same as without it, and shows no value", async () => {
    const program = together(declared);
    const found = await preview(program);
    assert.ok(found.failed);
    const words = wordsOf(found.told);
    assert.ok(words.length >= Object.keys(bad).length);
    const { told } = await direct.run("preview", program, { known: true });
    assert.deepEqual(words, wordsOf(told));
    assert.ok(!words.join("\n").includes(CANARY));
  });

  it("lets every good program pass", async () => {
    const { failed, told, said } = await preview(together(good));
    assert.deepEqual(told, []);
    assert.equal(failed, false, said);
  });

  it("takes the settings of a rule, and lets nothing pass where they do not fit", async () => {
    const policies = { "no-literal-credential": { allowedNmes: [] } };
    const { failed, said } = await preview(together(good), { policies });
    assert.ok(failed);
    assert.match(said, /no-literal-credential/);
  });
});
