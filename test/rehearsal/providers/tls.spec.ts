import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { PrivateKey, type PrivateKeyArgs } from "@pulumi/tls";
import { utils } from "ssh2";
import type { Context } from "../../../rehearsal/providers/protocol/resource";
import { validate } from "../../../rehearsal/providers/protocol/check";
import { diff } from "../../../rehearsal/providers/protocol/diff";
import { tlsProvider } from "../../../rehearsal/providers/tls";
import { privateKey } from "../../../rehearsal/providers/tls/private-key";
import { TestProject } from "./project";

const context = {} as Context<undefined>;
type Outputs = Record<string, string>;

async function created(inputs: Record<string, unknown>): Promise<{ id: string; outputs: Outputs }> {
  const { id, outputs } = await privateKey.create(inputs, context);
  return { id, outputs: outputs as Outputs };
}

const KINDS = [
  { algorithm: "RSA", rsaBits: 1024, pem: "RSA PRIVATE KEY", ssh: "ssh-rsa" },
  { algorithm: "ECDSA", ecdsaCurve: "P256", pem: "EC PRIVATE KEY", ssh: "ecdsa-sha2-nistp256" },
  { algorithm: "ECDSA", ecdsaCurve: "P384", pem: "EC PRIVATE KEY", ssh: "ecdsa-sha2-nistp384" },
  { algorithm: "ECDSA", ecdsaCurve: "P521", pem: "EC PRIVATE KEY", ssh: "ecdsa-sha2-nistp521" },
  { algorithm: "ED25519", pem: "PRIVATE KEY", ssh: "ssh-ed25519" },
] as const;

describe("rehearsal/providers/tls", () => {
  for (const { pem, ssh, ...inputs } of KINDS)
    it(`makes one ${Object.values(inputs).join(" ")} key in all its forms`, async () => {
      const { id, outputs } = await created(inputs);
      assert.ok(outputs.privateKeyPem?.startsWith(`-----BEGIN ${pem}-----\n`));
      assert.ok(outputs.privateKeyPemPkcs8?.startsWith("-----BEGIN PRIVATE KEY-----\n"));
      const open = createPublicKey(outputs.publicKeyPem ?? "");
      const hash = inputs.algorithm === "ED25519" ? null : "sha256";
      for (const form of [outputs.privateKeyPem, outputs.privateKeyPemPkcs8]) {
        const signature = sign(hash, Buffer.from("text"), createPrivateKey(form ?? ""));
        assert.ok(verify(hash, Buffer.from("text"), open, signature));
      }
      const der = open.export({ format: "der", type: "spki" });
      if (!/[\t\n\v\f\r ]/.test(String.fromCharCode(der.at(-1) ?? 0)))
        assert.equal(id, createHash("sha1").update(der).digest("hex"));
      const known = utils.parseKey(outputs.privateKeyOpenssh ?? "");
      assert.ok(!(known instanceof Error), "ssh2 cannot read the key");
      assert.equal(known.type, ssh);
      const blob = known.getPublicSSH();
      assert.equal(outputs.publicKeyOpenssh, `${ssh} ${blob.toString("base64")}\n`);
      const signed = known.sign("text");
      const sshPublic = utils.parseKey(outputs.publicKeyOpenssh);
      assert.ok(!(sshPublic instanceof Error) && !(signed instanceof Error));
      assert.equal(sshPublic.verify("text", signed), true);
      assert.match(outputs.publicKeyFingerprintMd5 ?? "", /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
      const print = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
      assert.equal(outputs.publicKeyFingerprintSha256, `SHA256:${print}`);
    });

  it("makes a P-224 key unless told otherwise, without the forms that OpenSSH does not have", async () => {
    const { outputs } = await created({ algorithm: "ECDSA" });
    assert.equal(outputs.ecdsaCurve, "P224");
    assert.equal(outputs.rsaBits, 2048);
    for (const output of ["privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5"])
      assert.equal(outputs[output], "", output);
    assert.match(outputs.privateKeyPem ?? "", /EC PRIVATE KEY/);
  });

  it("makes another key each time", async () => {
    const [one, other] = await Promise.all([1, 2].map(() => created({ algorithm: "ED25519" })));
    assert.notEqual(one?.id, other?.id);
  });

  it("keeps a key whose input only says what it was without it, and replaces it for every other value", () => {
    const replaces = (given: object, wanted: object) =>
      diff(privateKey, { algorithm: "RSA", ...given }, { algorithm: "RSA", ...wanted }).replaces;
    assert.deepEqual(replaces({}, { rsaBits: 2048, ecdsaCurve: "P224" }), []);
    assert.deepEqual(replaces({ rsaBits: 2048, ecdsaCurve: "P224" }, {}), []);
    assert.deepEqual(replaces({}, { rsaBits: 3072 }), ["rsaBits"]);
    assert.deepEqual(replaces({ rsaBits: 3072 }, {}), ["rsaBits"]);
    assert.deepEqual(replaces({}, { ecdsaCurve: "P256" }), ["ecdsaCurve"]);
    assert.deepEqual(replaces({}, { algorithm: "ED25519" }), ["algorithm"]);
  });

  it("refuses what it does not know, by name", () => {
    const problems = (values: Record<string, unknown>) =>
      validate(privateKey.inputs, values, privateKey.token).join();
    assert.equal(problems({ algorithm: "ECDSA", ecdsaCurve: "P256" }), "");
    assert.match(problems({ algorithm: "ECDSA", keepers: {} }), /unknown input "keepers"/);
    assert.match(problems({ algorithm: "DSA" }), /input "algorithm"/);
    assert.match(problems({ algorithm: "ECDSA", ecdsaCurve: "P192" }), /input "ecdsaCurve"/);
    assert.match(problems({ algorithm: "RSA", rsaBits: 512 }), /input "rsaBits"/);
    assert.deepEqual(
      tlsProvider.resources.map(({ token }) => token),
      ["tls:index/privateKey:PrivateKey"],
    );
  });
});

describe("rehearsal/providers/tls, on the real engine", function () {
  this.timeout(120_000);
  let project: TestProject;
  before(async () => (project = await TestProject.create()));
  after(() => project.remove());

  const P256: PrivateKeyArgs = { algorithm: "ECDSA", ecdsaCurve: "P256" };
  const keys = (
    generations: Readonly<Record<string, number>>,
    args: PrivateKeyArgs = P256,
    opts: pulumi.CustomResourceOptions = {},
  ) => {
    return () => {
      const made = Object.entries(generations).map(([slot, generation]) => {
        const replacementTrigger = String(generation);
        return [
          slot,
          new PrivateKey(`key-${slot}`, args, { replacementTrigger, ...opts }),
        ] as const;
      });
      return Promise.resolve(
        Object.fromEntries(
          made.flatMap(([slot, key]) => [
            [`${slot}Private`, key.privateKeyPemPkcs8],
            [`${slot}Public`, key.publicKeyPem],
          ]),
        ),
      );
    };
  };
  const type = "tls:index/privateKey:PrivateKey";

  it("previews what it creates, and then finds nothing to do", async () => {
    const plan = await project.preview(keys({ a: 1, b: 2 }));
    assert.deepEqual(plan.steps, [`create ${type} key-a`, `create ${type} key-b`]);
    assert.deepEqual((await project.up(keys({ a: 1, b: 2 }))).steps, plan.steps);
    assert.deepEqual((await project.up(keys({ a: 1, b: 2 }))).steps, []);
    const { aPrivate, aPublic } = await project.outputs();
    assert.ok(aPrivate?.secret && !aPublic?.secret);
    const state = await project.state();
    assert.ok(!state.includes("PRIVATE KEY") && state.includes("PUBLIC KEY"));
    assert.match((await project.resource("key-a")).id, /^[0-9a-f]{40}$/);
  });

  it("replaces the key whose generation was bumped, and no other", async () => {
    const before = await project.outputs();
    const { steps } = await project.up(keys({ a: 3, b: 2 }));
    assert.deepEqual(
      steps.filter((step) => !step.includes("key-a")),
      [],
    );
    assert.ok(steps.some((step) => step.startsWith("create-replacement")));
    const after = await project.outputs();
    assert.notEqual(after.aPublic?.value, before.aPublic?.value);
    assert.deepEqual(after.bPublic, before.bPublic);
    assert.deepEqual((await project.up(keys({ a: 3, b: 2 }))).steps, []);
  });

  it("keeps a living key under another shape when its shape is ignored", async () => {
    const before = await project.outputs();
    const other: PrivateKeyArgs = { algorithm: "ECDSA", ecdsaCurve: "P384" };
    const ignoreChanges = ["algorithm", "ecdsaCurve", "rsaBits"];
    assert.deepEqual((await project.up(keys({ a: 3, b: 2 }, other, { ignoreChanges }))).steps, []);
    assert.deepEqual(await project.outputs(), before);
    const plan = await project.preview(keys({ a: 3, b: 2 }, other));
    assert.ok(plan.differences.some((line) => line.startsWith("key-a ecdsaCurve")));
  });

  it("takes the new shape with the next generation", async () => {
    const other: PrivateKeyArgs = { algorithm: "ED25519" };
    const ignoreChanges = ["algorithm", "ecdsaCurve", "rsaBits"];
    await project.up(keys({ a: 3, c: 4 }, other, { ignoreChanges }));
    const { aPublic, cPublic } = await project.outputs();
    assert.equal(createPublicKey(String(cPublic?.value)).asymmetricKeyType, "ed25519");
    assert.equal(createPublicKey(String(aPublic?.value)).asymmetricKeyType, "ec");
    await project.destroy();
  });
});
