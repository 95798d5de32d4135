import assert from "node:assert/strict";
import { BROWSERS, Browsers } from "../../../../rehearsal/systems/project/browsers";
import { vapidPair } from "../../app/panel-fixture";
import { Backend, startBackend } from "./push-fixture";

describe("rehearsal/systems/project/browsers", () => {
  const [old, fresh] = [vapidPair(), vapidPair()];
  let backend: Backend;
  let browsers: Browsers;

  beforeEach(async () => {
    backend = await startBackend(old);
    browsers = await Browsers.subscribe(backend.clouds, {});
  });
  afterEach(() => backend.stop());

  const signed = () => {
    const counts = backend.clouds.push.signedWith();
    return [old, fresh].map(({ publicKey }) => counts.get(publicKey) ?? 0);
  };

  it("get their messages signed with the pair in use while another one is staged", async () => {
    backend.setPairs([old, fresh]);
    assert.deepEqual(await browsers.everyOne(), { got: BROWSERS, renewed: 0, others: [] });
    assert.equal(await browsers.visit(), 200);
    assert.deepEqual(signed(), [BROWSERS + 1, 0]);
  });

  it("get them signed with the old pair in its grace, and whoever subscribes then with the new one", async () => {
    assert.equal(await browsers.visit(), 200);
    backend.setPairs([fresh, old]);
    assert.equal(await browsers.comeBack(), 200);
    assert.equal(await browsers.visit(), 200);
    assert.equal(await browsers.visit(), 200);
    assert.deepEqual(signed(), [2, 2]);
  });

  it("take it for a failure that they are told to subscribe again before the retirement", async () => {
    backend.setPairs([fresh]);
    assert.equal(await browsers.comeBack(), 410);
    const { got, others } = await browsers.everyOne();
    assert.deepEqual([got, others.length, new Set(others)], [0, BROWSERS, new Set([410])]);
    assert.equal(browsers.takeEnded(), 0);
  });

  it("subscribe again once each when they are told to in the retirement, however many ask at once, and end the old subscription", async () => {
    const before = browsers.one();
    backend.setPairs([fresh]);
    browsers.allowEnd();
    const [first, second] = await Promise.all([browsers.everyOne(), browsers.everyOne()]);
    assert.deepEqual(first, { got: 0, renewed: BROWSERS, others: [] });
    assert.deepEqual(second, { got: BROWSERS, renewed: 0, others: [] });
    assert.deepEqual([browsers.takeEnded(), browsers.takeEnded()], [BROWSERS, 0]);
    assert.notEqual(browsers.one().endpoint, before.endpoint);
    assert.deepEqual(
      [browsers.one().key, browsers.lastEnded()?.key],
      [fresh.publicKey, old.publicKey],
    );
    const message = await fetch(before.endpoint, { method: "POST", headers: { ttl: "1" } });
    assert.equal(message.status, 410);
    assert.equal(signed()[0], 0);
  });

  it("do not take a message for sent that never arrives", async () => {
    backend.pretend();
    await assert.rejects(browsers.comeBack(), { name: "NotDelivered" });
    await assert.rejects(browsers.visit(), { name: "NotDelivered" });
    assert.equal(browsers.lastEnded(), undefined);
  });
});
