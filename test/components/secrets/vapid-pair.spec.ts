import assert from "node:assert/strict";
import { ECDH, createECDH, generateKeyPairSync } from "node:crypto";
import { RotationRecord, VapidPair, VapidPairArgs } from "../../../components";
import { vapidPrivateKey, vapidPublicKey } from "../../../components/secrets/key-formats";
import { managed, named, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

async function pair(record: RotationRecord, args: Partial<VapidPairArgs> = {}) {
  const { result, resources } = await run(() => new VapidPair("push", { record, ...args }));
  return { push: result, resources };
}

/** The public point of a raw private key, worked out by another way than the component's. */
function pointOf(privateKey: string): string {
  const ecdh: ECDH = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey, "base64url");
  return ecdh.getPublicKey("base64url");
}

describe("components/secrets/vapid-pair", () => {
  it("hands out both halves raw: 32 and 65 bytes in base64url that belong together", async () => {
    const { push } = await pair(RECORDS.grace);
    for (const live of push.generations) {
      const [open, hidden] = [await settled(live.publicKey), await settled(live.value)];
      assert.deepEqual([open.isSecret, hidden.isSecret], [false, true]);
      assert.match(hidden.value, /^[\w-]{43}$/);
      assert.match(open.value, /^[\w-]{87}$/);
      assert.equal(Buffer.from(open.value, "base64url")[0], 4);
      assert.equal(pointOf(hidden.value), open.value);
    }
  });

  it("keeps leading zeros: every key has its full length", () => {
    for (let round = 0; round < 600; round++) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", {
        namedCurve: "P-256",
        privateKeyEncoding: { format: "pem", type: "sec1" },
        publicKeyEncoding: { format: "pem", type: "spki" },
      });
      const hidden = vapidPrivateKey(privateKey);
      assert.equal(Buffer.from(hidden, "base64url").length, 32);
      assert.equal(pointOf(hidden), vapidPublicKey(publicKey));
    }
  });

  it("rotates as a pair, and leaves the pair in use alone until it is retired", async () => {
    const before = await pair(RECORDS.rest);
    const after = await pair(RECORDS.grace);
    const old = named(before.resources, "push-a");
    assert.deepStrictEqual(named(after.resources, "push-a"), { ...old, protect: false });
    assert.deepStrictEqual(old.inputs, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    assert.equal(named(after.resources, "push-b").replacementTrigger, "2");
    const { active, accepted } = after.push.forConsumers;
    assert.deepEqual(
      [active.kid, ...accepted.map(({ kid }) => kid)],
      ["push-g2", "push-g2", "push-g1"],
    );
    const { resources } = await pair(RECORDS.rotated);
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["push-b"],
    );
  });

  it("offers the public halves as generations of their own, for an entry of their own", async () => {
    const { push } = await pair(RECORDS.grace);
    assert.deepEqual(
      push.publicGenerations.map(({ slot, generation, state }) => [slot, generation, state]),
      [
        ["a", 1, "grace"],
        ["b", 2, "active"],
      ],
    );
    assert.equal(push.publicGenerations[1]?.value, push.generations[1]?.publicKey);
  });

  it("takes over a pair that runs, by reference and by its public key", async () => {
    const { push: running } = await pair(RECORDS.rest);
    const publicKey = (await settled(running.generations[0]?.publicKey)).value;
    const adopted = { storeVersion: "3", publicKey, publicStoreVersion: "4" };
    const { push, resources } = await pair(RECORDS.rest, { adopted });
    assert.deepEqual(managed(resources), []);
    assert.equal(push.generations[0]?.storeVersion, "3");
    assert.equal((await settled(push.generations[0].publicKey)).value, publicKey);
    assert.equal(push.publicGenerations[0]?.storeVersion, "4");
  });

  it("refuses to take over a public key in another form", async () => {
    for (const publicKey of ["", "AAAA", `${"B".repeat(87)}=`])
      await assert.rejects(
        pair(RECORDS.rest, { adopted: { storeVersion: "3", publicKey } }),
        /push\.adopted\.publicKey: is no VAPID public key/,
      );
  });

  it("marks a developer's pair by its id, since a key has no room for a mark", async () => {
    const { push } = await pair(RECORDS.rest, { environment: "dev" });
    assert.equal(push.forConsumers.active.kid, "dev-test-push-g1");
  });
});
