import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { findEngine } from "../../../engine";
import {
  ProxmoxSimulator,
  startProxmoxSimulator,
} from "../../../rehearsal/clouds/simulators/proxmox";
import { StripeSimulator, startStripeSimulator } from "../../../rehearsal/clouds/simulators/stripe";
import { Workbench, workbench } from "../workbench";

const PROXMOX = "PROXMOX_TOKEN_SECRET";
const STRIPE = "STRIPE_KEYS";
const TOKEN_ID = "panel@pve!next";

describe("taking in a value that its issuer is asked about, on the real engine", () => {
  let bench: Workbench;
  let env: Record<string, string>;
  let proxmox: ProxmoxSimulator;
  let stripe: StripeSimulator;

  before(async function () {
    // Where no Pulumi CLI is installed, it is fetched or built first.
    this.timeout(900_000);
    const engine = await findEngine();
    [proxmox, stripe] = [await startProxmoxSimulator(), await startStripeSimulator()];
    const settings = `config:
  rekey:systems: [mgmt-vibe, proxpanel]
  rekey:issuers:
    stripe: ${stripe.url}
    proxmox: ${proxmox.url}
`;
    bench = workbench({ prod: settings });
    mkdirSync(join(bench.folder, "state"));
    env = {
      PULUMI_BACKEND_URL: `file://${join(bench.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
      PATH: `${dirname(engine.path)}:${process.env.PATH}`,
    };
    execFileSync(engine.path, ["stack", "init", "prod"], {
      cwd: bench.folder,
      env: { ...process.env, ...env },
      stdio: "pipe",
    });
    bench.write("Pulumi.prod.yaml", settings);
  });
  after(async () => {
    await Promise.all([proxmox.stop(), stripe.stop()]);
    bench.remove();
  });

  const rekey = async (args: readonly string[], value: string, json = true) => {
    const before = bench.read("Pulumi.prod.yaml");
    const input = ["--value-stdin", ...(json ? ["--json"] : [])];
    const ran = await bench.rekey([...args, ...input], { env, input: value });
    const output = `${ran.stdout}${ran.stderr}`;
    const file = bench.read("Pulumi.prod.yaml");
    for (const part of value.split(/["{}:,]/).filter((piece) => piece.length > 20))
      assert.ok(!`${output}${file}`.includes(part), "the value came out");
    return { code: ran.code, output, written: file !== before };
  };

  const token = (secret: string) => JSON.stringify({ id: TOKEN_ID, secret });
  const none = token("7f3f6c1e-0000-4000-8000-000000000000");

  it("tries a new Proxmox token before anything changes", async () => {
    const wrong = await rekey(["stage", PROXMOX], none);
    assert.deepEqual([wrong.code, wrong.written], [2, false], wrong.output);
    assert.match(wrong.output, /refused-by-issuer.*Proxmox VE refuses.*PROXMOX_TOKEN_SECRET/s);
    assert.equal(proxmox.requests().refused, 1);
    const { secret } = proxmox.issue(TOKEN_ID);
    const right = await rekey(["stage", PROXMOX], token(secret.reveal()));
    assert.deepEqual([right.code, right.written], [0, true], right.output);
    assert.match(right.output, /"outcome": ?"accepted"/);
    assert.equal(proxmox.requests().byStatus[200], 1);
  }).timeout(120_000);

  it("takes in a pair of Stripe keys that are valid, and reminds of the old pair by the issuer's page", async () => {
    const pair = stripe.issue();
    const text = (publishable: string) =>
      JSON.stringify({ publishable, secret: pair.secret.reveal() });
    const mixed = await rekey(["rotate", STRIPE], text(pair.publishable.replace("test", "live")));
    assert.deepEqual([mixed.code, mixed.written], [2, false], mixed.output);
    assert.match(mixed.output, /unfit-value.*live mode/s);
    assert.equal(stripe.requests().total, 0);
    const made = await rekey(["rotate", STRIPE], text(pair.publishable), false);
    assert.deepEqual([made.code, made.written], [0, true], made.output);
    assert.match(made.output, /accepted by Stripe/);
    assert.match(made.output, /revoke the old STRIPE_KEYS: \S/);
    assert.equal(stripe.requests().byStatus[200], 1);
  }).timeout(120_000);

  it("writes nothing in an emergency whose new value is refused", async () => {
    const emergency = ["emergency", PROXMOX, "--reason", "leaked", "--yes"];
    const refused = await rekey(emergency, none);
    assert.deepEqual([refused.code, refused.written], [2, false], refused.output);
    assert.match(refused.output, /refused-by-issuer/);
  }).timeout(120_000);

  it("writes nothing where the issuer does not answer, unless told to go on without it", async () => {
    await stripe.stop();
    const { publishable, secret } = stripe.issue();
    const value = JSON.stringify({ publishable, secret: secret.reveal() });
    // The active generation has no value yet: its place is still empty.
    const unasked = await rekey(["intake", STRIPE], value);
    assert.deepEqual([unasked.code, unasked.written], [1, false], unasked.output);
    assert.match(
      unasked.output,
      /could not ask Stripe.*nothing was written.*"run the.*--no-validate/s,
    );
    const blind = await rekey(["intake", STRIPE, "--no-validate"], value, false);
    assert.deepEqual([blind.code, blind.written], [0, true], blind.output);
    assert.match(blind.output, /not validated: --no-validate/);
  }).timeout(120_000);

  it("takes in what several secrets of one command need, from one map", async () => {
    const values = JSON.stringify({
      OPENAI_API_KEY: "canary-of-the-first-value",
      PAYSTACK_SECRET: "canary-of-the-second-value",
    });
    const command = ["stage", "OPENAI_API_KEY", "PAYSTACK_SECRET", "--no-validate"];
    const made = await rekey(command, values);
    assert.deepEqual([made.code, made.written], [0, true], made.output);
    const { config } = parse(bench.read("Pulumi.prod.yaml")) as {
      config: Record<string, Record<string, Record<string, { value: { secure: string } }>>>;
    };
    for (const name of ["OPENAI_API_KEY", "PAYSTACK_SECRET"])
      assert.ok(config["rekey:external"]?.[name]?.["b"]?.value.secure, name);
  }).timeout(120_000);
});
