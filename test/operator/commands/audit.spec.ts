import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import { PROJECT } from "../../rehearsal/clouds/google/fixture";
import { GoogleStack, documentOf, googleStack } from "./google-stack";

interface Audit {
  readonly filter: string;
  readonly events: readonly { at: string; method: string; resource: string; who: string }[];
  readonly error: { code: string; path: string };
}

const ENGINE_MS = 900_000;
const ENTRY = "capanel-secret-key";

describe("rekey audit --run, on the real engine and the fake of Google Cloud", function () {
  this.timeout(ENGINE_MS);
  let stack: GoogleStack;
  const since = new Date(Date.now() - 60_000).toISOString();

  before(async () => {
    stack = await googleStack();
    const { secretManager, iam } = stack.google.client;
    for (const entry of [ENTRY, "of-another-system"]) {
      await secretManager.createSecret(PROJECT, entry, { replication: { automatic: {} } });
      const name = `projects/${PROJECT}/secrets/${entry}`;
      await secretManager.addVersion(name, new SecretText("canary-of-a-value"));
      await secretManager.accessVersion(`${name}/versions/1`);
    }
    await iam.createKey((await iam.createAccount(PROJECT, "capanel-api", {})).name);
  });
  after(() => stack?.stop());

  const audit = (...args: string[]) =>
    stack.rekey(["audit", "--secret", "SECRET_KEY", "--run", ...args]);

  it("tells who read the secret and made keys while it was exposed, and of nothing else", async () => {
    const ran = await audit("--since", since, "--json");
    assert.equal(ran.code, 0, ran.stdout);
    const { events } = documentOf<Audit>(ran);
    assert.deepEqual(
      events.map(({ method }) => method.split(".").at(-1)),
      ["AccessSecretVersion", "CreateServiceAccountKey"],
    );
    assert.match(events[0]?.resource ?? "", new RegExp(`/secrets/${ENTRY}/versions/1$`));
    assert.ok(events.every(({ who, at }) => who !== "" && at >= since));
    const table = await audit("--since", since);
    assert.match(table.stdout, /^AT +METHOD +RESOURCE +WHO +FROM\n2/);
    assert.ok(!`${ran.stdout}${table.stdout}`.includes("canary-of-a-value"));
  });

  it("finds no event before the exposure", async () => {
    const ran = await audit("--since", "2026-01-01", "--until", "2026-01-02");
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout.trim(), "No event.");
  });

  it("ends with exit code 2 for a wrong passphrase, and says what is wrong", async () => {
    const wrong = { PULUMI_CONFIG_PASSPHRASE: "another one" };
    const ran = await stack.rekey(["audit", "--since", since, "--run", "--json"], wrong);
    assert.equal(ran.code, 2, ran.stdout);
    const { error } = documentOf<Audit>(ran);
    assert.deepEqual([error.code, error.path], ["wrong-passphrase", "PULUMI_CONFIG_PASSPHRASE"]);
  });
});
