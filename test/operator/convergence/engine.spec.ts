import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import type { ConvergenceRow } from "../../../operator/convergence/run";
import { ENGINE_MS, Ran, Rehearsed, capanelUp, runRekey } from "../../support/rehearsal";

const KEY = "SECRET_KEY";
const ENTRY = "projects/example-rehearsal/secrets/capanel-secret-key";

interface Document {
  readonly converged: boolean;
  readonly entries: readonly ConvergenceRow[];
}

describe("convergence on the real engine and a fake Google Cloud", function () {
  this.timeout(ENGINE_MS);
  let capanel: Rehearsed;

  before(async () => {
    capanel = await capanelUp();
  });
  after(() => capanel?.session.close());

  const manager = () => capanel.stage.clouds.google.client.secretManager;

  async function ask(...secrets: string[]): Promise<Ran & Document> {
    const ran = await runRekey(capanel.session, ["convergence", "--json", ...secrets]);
    assert.match(ran.out, /^\{/, ran.err);
    return { ...ran, ...(JSON.parse(ran.out) as Document) };
  }
  const rowOf = ({ entries }: Document, secret = KEY) => {
    const row = entries.find((one) => one.secret === secret);
    assert.ok(row, `no row of ${secret}`);
    return row;
  };

  it("finds every store equal after an update, and asks no env file", async () => {
    const { code, converged, entries } = await ask();
    assert.deepEqual(
      entries.map(({ secret, store, verdict }) => [secret, store.split(":")[0], verdict]),
      [
        ["CLOUD_SQL_PASSWORD", "google-secret-manager", "equal"],
        ["SECRET_KEY", "google-secret-manager", "equal"],
        ["FIRST_SUPERUSER_PASSWORD", "google-secret-manager", "equal"],
        ["VITE_STRAPI_API_KEY", "google-secret-manager", "equal"],
        ["POSTGRES_PASSWORD", "env-file", "not asked"],
      ],
    );
    assert.equal(converged, true);
    assert.equal(code, 0);
    const { generation, recordGeneration, fingerprint } = entries[0] as ConvergenceRow;
    assert.deepEqual([generation, recordGeneration], [1, 1]);
    assert.match(fingerprint ?? "", /^[0-9a-f]{12}$/);
  });

  it("says that a store is behind a record that was not applied, and equal once it was", async () => {
    assert.equal((await runRekey(capanel.session, ["rotate", KEY])).code, 0);
    const pending = await ask(KEY);
    assert.equal(pending.code, 1);
    const row = rowOf(pending);
    assert.deepEqual([row.generation, row.recordGeneration, row.verdict], [1, 2, "behind"]);
    assert.match(row.fix ?? "", /rekey up/);
    await capanel.session.update("rotate");
    const applied = await ask(KEY);
    assert.equal(applied.code, 0, applied.out);
    assert.notEqual(
      rowOf(applied).versions[1]?.fingerprint,
      row.fingerprint,
      "keyed anew each run",
    );
    assert.deepEqual(
      rowOf(applied).versions.map(({ generation }) => generation),
      [2, 1],
    );
  });

  it("notices a version that was added by hand, without printing a value", async () => {
    const byHand = new SecretText("by-hand-canary-0123456789");
    const inUse = await manager().accessVersion(`${ENTRY}/versions/2`);
    await manager().addVersion(ENTRY, byHand);
    const found = await ask();
    assert.equal(found.code, 1);
    const row = rowOf(found);
    assert.equal(row.verdict, "changed by hand");
    assert.match(row.reason ?? "", /version 3 is what readers get/);
    assert.match(
      row.fix ?? "",
      /gcloud secrets versions disable 3 --secret=capanel-secret-key --project=example-rehearsal/,
    );
    assert.equal(rowOf(found, "CLOUD_SQL_PASSWORD").verdict, "equal");
    const text = await runRekey(capanel.session, ["convergence"]);
    assert.equal(text.code, 1);
    for (const output of [found.out, found.err, text.out, text.err])
      for (const value of [byHand, inUse.value])
        assert.ok(!output.includes(value.reveal()), "a value was printed");
  });

  it("notices that the version in use was disabled by hand", async () => {
    await manager().disableVersion(`${ENTRY}/versions/3`);
    await manager().disableVersion(`${ENTRY}/versions/2`);
    const found = await ask(KEY);
    assert.equal(found.code, 1);
    assert.equal(rowOf(found).verdict, "missing");
    assert.match(rowOf(found).fix ?? "", /gcloud secrets versions enable 2 /);
    await manager().enableVersion(`${ENTRY}/versions/2`);
    assert.equal((await ask(KEY)).code, 0);
  });

  it("calls what a store does not answer for unknown, never equal", async () => {
    const rules = [{ path: "capanel-secret-key", answer: 503, times: 1000 }];
    await setFaults(rules);
    const found = await ask();
    await setFaults([]);
    assert.equal(found.code, 1);
    assert.equal(found.converged, false);
    const { verdict, reason, fingerprint } = rowOf(found);
    assert.deepEqual([verdict, fingerprint], ["unreachable", null]);
    assert.match(reason ?? "", /unknown: secretmanager secrets\.get .*503/);
    assert.equal(rowOf(found, "CLOUD_SQL_PASSWORD").verdict, "equal");
  });

  async function setFaults(rules: readonly object[]): Promise<void> {
    const { url, token } = capanel.stage.clouds.google;
    const { ok, status } = await fetch(`${url}/_fake/faults`, {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ rules }),
    });
    assert.ok(ok, `the fake answered ${status}`);
  }

  it("refuses a name that the stack does not have", async () => {
    const { code, err } = await runRekey(capanel.session, ["convergence", "SECRET_KEX"]);
    assert.equal(code, 2);
    assert.match(err, /did you mean SECRET_KEY/);
  });
});
