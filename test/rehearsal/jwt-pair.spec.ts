import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type JSONWebKeySet, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { parseDocument } from "yaml";
import type { JwtAlgorithm } from "../../components";
import { SecretText } from "../../components/secret-text";
import { silent } from "../../operator/output";
import { watchRetirement } from "../../rehearsal/retirement-watch";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { proxpanelRehearsal } from "../../rehearsal/systems/proxpanel";
import type { ProxpanelClouds } from "../../rehearsal/systems/proxpanel/clouds";
import { envOf } from "../../rehearsal/systems/proxpanel/hold";
import { logIn } from "../../rehearsal/systems/proxpanel/load";
import { Answer, Holdings, Stage, held } from "../../rehearsal/systems/system";
import { tryAgainst } from "../../rehearsal/systems/trials";
import type { Traffic } from "../../rehearsal/traffic";
import { FULL } from "../support/random";
import { ENGINE_MS, runRekey, settingsFile } from "../support/rehearsal";

const SECRET = "JWT_SECRET";
const RATE = 20;

/** `rekey:proxpanel.jwt`. */
interface JwtSettings {
  readonly algorithm: JwtAlgorithm;
  readonly formerly?: { readonly algorithm: JwtAlgorithm; readonly until: number };
}

describe("proxpanel with a pair that signs its access tokens", function () {
  this.timeout(ENGINE_MS);
  let session: Session<ProxpanelClouds>;
  let stage: Stage<ProxpanelClouds>;
  let traffic: Traffic;

  before(async () => {
    const system = {
      ...proxpanelRehearsal,
      providers: [...new Set([...proxpanelRehearsal.providers, "tls"])],
      prepare: async (...given: Parameters<typeof proxpanelRehearsal.prepare>) => {
        const settings = await proxpanelRehearsal.prepare(...given);
        const panel = settings["rekey:proxpanel"] as object;
        return { ...settings, "rekey:proxpanel": { ...panel, jwt: { algorithm: "ES256" } } };
      },
    };
    session = await openSession(system, {
      providers: "local",
      overlapSeconds: 0,
      progress: silent,
      attach: true,
    });
    await prepareSystem(session, system);
    const { outputs } = await session.update("bring it up", { create: true });
    const { clouds, project, engine } = session;
    stage = { clouds, project, engine, outputs };
    traffic = await proxpanelRehearsal.traffic(stage, RATE);
  });
  after(async () => {
    await traffic?.stop();
    await session?.close();
  });

  /** The key in use, and an access token that it signed just now. */
  async function hold(): Promise<Holdings> {
    const { JWT_SECRET: key = "", ADMIN_PASSWORD: password = "" } = await envOf(stage.clouds);
    const tokens = await logIn(stage.clouds.machine.url, new SecretText(password));
    assert.ok(tokens !== "refused", "the administrator's current password is refused");
    return new Map([[SECRET, { value: new SecretText(key), signed: tokens.access }]]);
  }
  const move = async (...args: readonly string[]) => {
    const { code, err } = await runRekey(session, [...args, "--reason", "rehearsal"]);
    assert.equal(code, 0, err);
    await session.update(args.join(" "));
  };
  const headerOf = (holdings: Holdings) => {
    const { alg, kid } = decodeProtectedHeader(held(holdings, SECRET).signed?.reveal() ?? "");
    return { alg, kid };
  };
  const of = (algorithm: JwtAlgorithm, generation: number) => ({
    alg: algorithm,
    kid: `proxpanel-jwt-g${generation}`,
  });
  async function assertTried(holdings: Holdings, promised: Answer, whose: string): Promise<void> {
    const tried = await tryAgainst(proxpanelRehearsal, stage, holdings, [SECRET], promised, whose);
    assert.ok(tried.length > 0);
    for (const { ok, evidence } of tried) assert.ok(ok, evidence);
  }

  /** Rotates the key while clients work: tokens of the old one are accepted in grace, and refused within a second of its retirement. */
  async function rotate(staged: () => Promise<void> = () => Promise.resolve()): Promise<Holdings> {
    const old = await hold();
    await move("stage", SECRET);
    await staged();
    await assertTried(old, "accepted", "before the activation");
    await move("activate", SECRET);
    const now = await hold();
    await assertTried(old, "accepted", "in grace");
    await assertTried(now, "accepted", "the new one");
    await traffic.renew();
    const watch = watchRetirement(proxpanelRehearsal, stage, old, [SECRET]);
    try {
      await move("retire", SECRET);
      for (const { ok, evidence } of await watch.ended()) assert.ok(ok, evidence);
    } finally {
      await watch.stop();
    }
    await assertTried(old, "refused", "retired");
    await assertTried(now, "accepted", "the new one");
    const { failed, failures, sent } = traffic.report();
    assert.deepEqual({ failed, failures }, { failed: 0, failures: [] });
    assert.ok(sent > RATE);
    return now;
  }

  /** The setting, as an editor would change it. */
  async function setJwt(jwt: JwtSettings | undefined): Promise<void> {
    const path = settingsFile(session);
    const document = parseDocument(await readFile(path, "utf8"));
    document.setIn(["config", "rekey:proxpanel", "jwt"], jwt);
    await writeFile(path, document.toString());
  }

  const setOf = async () =>
    JSON.parse((await envOf(stage.clouds))["JWT_JWKS"] ?? "{}") as JSONWebKeySet;

  it("has tokens of the old pair accepted in grace and refused within a second of its retirement, with no failed request", async () => {
    const old = await hold();
    assert.deepEqual(headerOf(old), of("ES256", 1));
    const now = await rotate(async () => {
      const kids = (await setOf()).keys.map(({ kid }) => kid);
      assert.deepEqual(kids, [1, 2].map((one) => of("ES256", one).kid), "known before it signs"); // prettier-ignore
    });
    assert.deepEqual(headerOf(now), of("ES256", 2));
  });

  it("gives those who only verify no private key: the set alone verifies a token, and holds public halves only", async () => {
    const set = await setOf();
    assert.deepEqual(
      set.keys.map((key) => Object.keys(key).sort()),
      [["alg", "crv", "kid", "kty", "use", "x", "y"]],
    );
    const token = held(await hold(), SECRET).signed?.reveal() ?? "";
    const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(set));
    assert.equal(protectedHeader.kid, of("ES256", 2).kid);
    const env = Object.entries(await envOf(stage.clouds));
    const withPrivate = env.filter(([, value]) => /PRIVATE KEY|"d":/.test(value));
    assert.deepEqual(
      withPrivate.map(([name]) => name),
      [SECRET],
      "only the key that signs is there",
    );
  });

  // What a change of the algorithm does is seen by the component's own tests too.
  if (!FULL) return;

  it("refuses another algorithm for the key that is in use, and changes nothing", async () => {
    const before = await hold();
    await setJwt({ algorithm: "HS256" });
    const { code, err } = await runRekey(session, ["up"]);
    assert.equal(code, 1);
    assert.match(err, /because\s+it\s+is\s+protected.*set\s+`formerly`/s);
    await assertTried(before, "accepted", "the key in use");
    await setJwt({ algorithm: "ES256" });
    await session.update("as before", { expectNoChanges: true });
  });

  it("changes to one text and back to a pair while clients work, and locks out no token in grace", async () => {
    await setJwt({ algorithm: "HS256", formerly: { algorithm: "ES256", until: 2 } });
    await session.update("the setting alone changes nothing", { expectNoChanges: true });
    assert.deepEqual(headerOf(await rotate()), of("HS256", 3));
    assert.equal((await envOf(stage.clouds))["JWT_JWKS"], undefined);
    await setJwt({ algorithm: "HS256" });
    await session.update("nothing is left of the former", { expectNoChanges: true });
    await setJwt({ algorithm: "RS256", formerly: { algorithm: "HS256", until: 3 } });
    assert.deepEqual(headerOf(await rotate()), of("RS256", 4));
    const [key, ...others] = (await setOf()).keys;
    assert.deepEqual([key?.kty, key?.d, others], ["RSA", undefined, []]);
  });
});
