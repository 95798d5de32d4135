import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { JwtKey, Keyring, RotationRecord, VapidPair } from "../../../components";
import { TestProject } from "../../rehearsal/providers/project";
import { RECORDS } from "../fixtures";

describe("components/secrets: keys on the real engine", function () {
  this.timeout(240_000);
  let project: TestProject;
  let rowsLeft = false;
  let asked = 0;
  before(async () => (project = await TestProject.create()));
  after(() => project.remove());

  /** A keyring, a pair for tokens and one for push messages, all with one record. */
  const keys = (record: RotationRecord, runningValue?: string) => () => {
    const beforeRetirement = new pulumi.ResourceHook("rows-left", () => {
      asked++;
      if (rowsLeft) throw new Error("3 rows still need v1");
    });
    const jwt = new JwtKey("jwt", { record, algorithm: "ES256" });
    const push = new VapidPair("push", { record });
    const ring = new Keyring("ring", { record, runningValue, beforeRetirement });
    const { slot } = push.forConsumers.active;
    return Promise.resolve({
      jwks: jwt.jwks,
      publicKey: push.forConsumers.active.publicKey,
      privateKey: push.forConsumers.active.value,
      slot,
      ring: ring.keys,
      versions: ring.keyVersions,
    });
  };
  const outputs = async () => {
    const all = Object.entries(await project.outputs());
    return Object.fromEntries(all.map(([name, { value }]) => [name, String(value)]));
  };

  it("comes up once and then finds nothing to do", async () => {
    const first = await project.up(keys(RECORDS.rest));
    assert.equal(first.steps.filter((step) => step.startsWith("create ")).length, 6);
    assert.deepEqual((await project.up(keys(RECORDS.rest))).steps, []);
    const told = await project.outputs();
    assert.ok(told.privateKey?.secret && told.ring?.secret);
    assert.ok(!told.publicKey?.secret && !told.jwks?.secret && !told.versions?.secret);
    const state = await project.state();
    for (const { value, secret } of Object.values(told))
      if (secret) assert.ok(!state.includes(String(value)), "the state holds a value in clear");
    assert.ok(!state.includes("PRIVATE KEY"));
  });

  it("refuses the value of before once a generated one is in use, before anything changes", async () => {
    const late = project.preview(keys(RECORDS.rest, `${"A".repeat(43)}=`));
    await assert.rejects(late, /ring-a.*protected|protected.*ring-a/s);
    assert.ok(await project.resource("ring-a"));
  });

  it("stages and activates beside the keys in use, and moves the protection with it", async () => {
    const before = await outputs();
    const staged = await project.up(keys(RECORDS.staged));
    assert.deepEqual(
      staged.steps.filter((step) => !/^create \S+ (jwt|push|ring)-b$/.test(step)),
      [],
    );
    assert.equal((await outputs()).publicKey, before.publicKey);
    const told = await project.up(keys(RECORDS.grace));
    assert.deepEqual(told.steps, [], "an activation moves marks only");
    const after = await outputs();
    assert.deepEqual([after.slot, after.versions], ["b", "2,1"]);
    const [ringNew, ringOld] = (after.ring ?? "").split(",");
    assert.ok(ringNew && ringOld === before.ring);
    assert.notEqual(after.publicKey, before.publicKey);
    assert.equal((JSON.parse(after.jwks ?? "") as { keys: unknown[] }).keys.length, 2);
  });

  it("refuses to retire a key that rows need, before anybody has lost it", async () => {
    const before = await outputs();
    assert.equal(asked, 0);
    rowsLeft = true;
    await assert.rejects(project.up(keys(RECORDS.rotated)), /3 rows still need v1/);
    assert.equal(asked, 1, "the gate stops the update, and nothing else is asked");
    assert.equal((await outputs()).ring, before.ring);
    assert.ok(await project.resource("ring-a"));
  });

  it("retires it once the rows are done, and asks anew at the next retirement", async () => {
    const before = await outputs();
    rowsLeft = false;
    await project.up(keys(RECORDS.rotated));
    assert.equal(asked, 3, "at the gate and at the deletion");
    const after = await outputs();
    assert.deepEqual([after.versions, after.ring], ["2", before.ring?.split(",")[0]]);
    await assert.rejects(project.resource("ring-a"), /no ring-a/);
    assert.deepEqual((await project.up(keys(RECORDS.rotated))).steps, []);
    const third = { generation: 3, active: "a", slots: { a: 3, b: 2 } };
    await project.up(keys(third));
    rowsLeft = true;
    const retired = { ...third, slots: { a: 3 } };
    const plan = await project.preview(keys(retired));
    assert.ok(plan.differences.includes("ring-retired keepers"));
    assert.ok(plan.steps.some((step) => /^replace \S+ ring-retired$/.test(step)));
    await assert.rejects(project.up(keys(retired)), /3 rows still need v1/);
    rowsLeft = false;
    await project.up(keys(retired));
    assert.equal((await outputs()).versions, "3");
  });
});
