import assert from "node:assert/strict";
import { JWK, SignJWT, decodeProtectedHeader, importJWK, importPKCS8, jwtVerify } from "jose";
import { JwtAlgorithm, JwtKey, JwtKeyArgs, JwtKeyGeneration } from "../../../components";
import { canary } from "../../support/mock-answers";
import { managed, named, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { itGenerates } from "./generated";

const PAIR = "tls:index/privateKey:PrivateKey";
const TEXT = "random:index/randomPassword:RandomPassword";

async function declared(args: JwtKeyArgs) {
  const { result, resources } = await run(() => new JwtKey("jwt", args));
  return { key: result, resources };
}

async function signed({ kid, algorithm, value }: JwtKeyGeneration): Promise<string> {
  const text = (await settled(value)).value;
  const key = algorithm === "HS256" ? Buffer.from(text) : await importPKCS8(text, algorithm);
  return new SignJWT({ sub: "user" }).setProtectedHeader({ alg: algorithm, kid }).sign(key);
}

/** Verifies as a service would that has loaded the set: by the key that the token's header names. */
async function verifier({ jwks }: JwtKey) {
  const { keys } = JSON.parse((await settled(jwks)).value) as { keys: JWK[] };
  return async (token: string) => {
    const { kid } = decodeProtectedHeader(token);
    const key = keys.find((one) => one.kid === kid);
    if (!key?.alg) throw new Error(`no key ${kid}`);
    return jwtVerify(token, await importJWK(key), { algorithms: [key.alg] });
  };
}

describe("components/secrets/jwt-key", () => {
  itGenerates({
    create: (name, record, opts) => new JwtKey(name, { record }, opts),
    shape: { length: 64, special: false },
  });

  it("names the key of each generation, in dev as a test key", async () => {
    const kids = async (args: Partial<JwtKeyArgs>) =>
      (await declared({ record: RECORDS.grace, ...args })).key.generations.map(({ kid }) => kid);
    assert.deepEqual(await kids({}), ["jwt-g1", "jwt-g2"]);
    assert.deepEqual(await kids({ short: "api" }), ["api-g1", "api-g2"]);
    assert.deepEqual(await kids({ environment: "dev", algorithm: "ES256" }), [
      "dev-test-jwt-g1",
      "dev-test-jwt-g2",
    ]);
  });

  for (const algorithm of ["HS256", "RS256", "ES256"] as const)
    it(`has ${algorithm} tokens of every live generation verified by its id, and a retired one refused`, async () => {
      const { key } = await declared({ record: RECORDS.grace, algorithm });
      const tokens = await Promise.all(key.generations.map(signed));
      const verify = await verifier(key);
      for (const token of tokens) assert.equal((await verify(token)).payload.sub, "user");
      const { key: later } = await declared({ record: RECORDS.rotated, algorithm });
      const verifyLater = await verifier(later);
      await assert.rejects(verifyLater(tokens[0] ?? ""), /no key jwt-g1/);
      await verifyLater(tokens[1] ?? "");
    });

  it("tells verifiers of the staged key before anybody signs with it", async () => {
    const { key } = await declared({ record: RECORDS.staged, algorithm: "ES256" });
    assert.equal(key.forConsumers.active.kid, "jwt-g1");
    const verify = await verifier(key);
    await verify(await signed(key.forConsumers.accepted[1] as JwtKeyGeneration));
  });

  it("keeps private halves and symmetric keys secret, and public halves plain", async () => {
    const { key } = await declared({ record: RECORDS.rest, algorithm: "ES256" });
    const [live] = key.generations;
    assert.equal((await settled(live?.value)).isSecret, true);
    assert.equal((await settled(live?.publicKey)).isSecret, false);
    const open = await settled(key.jwks);
    assert.equal(open.isSecret, false);
    assert.doesNotMatch(open.value, /"d":/);
    const { key: symmetric } = await declared({ record: RECORDS.rest });
    assert.equal((await settled(symmetric.jwks)).isSecret, true);
    assert.equal(symmetric.generations[0]?.publicKey, undefined);
  });

  it("makes a pair a slot that only its generation replaces, protected while active", async () => {
    const { resources } = await declared({ record: RECORDS.staged, algorithm: "RS256" });
    const [a, b] = managed(resources);
    const inputs = { algorithm: "RSA", rsaBits: 3072 };
    for (const [one, name, trigger, protect] of [
      [a, "jwt-a", "1", true],
      [b, "jwt-b", "2", false],
    ] as const) {
      assert.equal(one?.name, name);
      assert.equal(one.type, PAIR);
      assert.deepStrictEqual(one.inputs, inputs);
      assert.equal(one.replacementTrigger, trigger);
      assert.equal(one.protect, protect);
      assert.deepEqual(one.ignoreChanges, ["algorithm", "ecdsaCurve", "rsaBits"]);
      assert.ok(one.additionalSecretOutputs.includes("privateKeyPemPkcs8"));
    }
  });

  it("changes its algorithm with a generation: the living one keeps its own until it is retired", async () => {
    const before = await declared({ record: RECORDS.rest });
    const formerly = { algorithm: "HS256", until: 1 } as const;
    const { key, resources } = await declared({
      record: RECORDS.grace,
      algorithm: "ES256",
      formerly,
    });
    const old = named(resources, "jwt-a");
    assert.deepStrictEqual(old, { ...named(before.resources, "jwt-a"), protect: false });
    assert.deepEqual([old.type, named(resources, "jwt-b").type], [TEXT, PAIR]);
    const verify = await verifier(key);
    for (const live of key.generations) await verify(await signed(live));
    assert.equal((await settled(key.jwks)).isSecret, true);
  });

  it("takes over a symmetric key by reference, and knows no JWK set of it", async () => {
    const adopted = { storeVersion: "7" };
    const { key } = await declared({ record: RECORDS.staged, adopted });
    assert.equal(key.generations[0]?.storeVersion, "7");
    assert.equal(key.generations[0].value, undefined);
    assert.equal(key.jwks, undefined);
    const value = canary("jwt-b", 2);
    assert.deepEqual(await settled(key.generations[1]?.value), { value, isSecret: true });
  });

  it("takes over the text that runs; with a pair it asks for `formerly`, by which that text stays", async () => {
    const runningValue = "text-that-runs";
    const formerly = { algorithm: "HS256", until: 1 } as const;
    const pair = { algorithm: "ES256", runningValue } as const;
    for (const args of [{ runningValue }, { ...pair, formerly }]) {
      const { key, resources } = await declared({ record: RECORDS.rest, ...args });
      assert.deepEqual(managed(resources), []);
      const { value, algorithm } = key.generations[0] ?? {};
      assert.deepEqual(await settled(value), { value: runningValue, isSecret: true });
      assert.equal(algorithm, "HS256");
    }
    await assert.rejects(
      declared({ record: RECORDS.rest, ...pair }),
      /jwt\.formerly: is missing.*ES256 is a pair.*until: 1/,
    );
  });

  it("takes over a pair by the store's reference and its public half, which must be given", async () => {
    const algorithm: JwtAlgorithm = "ES256";
    const { key: running } = await declared({ record: RECORDS.rest, algorithm });
    const [live] = running.generations;
    const publicKey = (await settled(live?.publicKey)).value;
    const adopted = { storeVersion: "7", publicKey };
    const { key, resources } = await declared({ record: RECORDS.rest, algorithm, adopted });
    assert.deepEqual(managed(resources), []);
    await (
      await verifier(key)
    )(await signed(live as JwtKeyGeneration));
    await assert.rejects(
      declared({ record: RECORDS.rest, algorithm, adopted: { storeVersion: "7" } }),
      /jwt\.adopted\.publicKey: is missing.*openssl pkey -pubout/,
    );
  });
});
