import assert from "node:assert/strict";
import { leftAtIntakes } from "../../../operator/convergence/intakes";
import { RekeyError } from "../../../operator/errors";
import type { Entry } from "../../../operator/to-store/entry";
import { declaredSecrets } from "../../../stacks/declared";
import { cloudWith } from "../recovery/stack";

const CONFIG = { "rekey:project": { backends: ["vault"] } };
const SECRETS = declaredSecrets(["project"], "prod", CONFIG);
const RECORDS = new Map([
  ["OPENROUTER_API_KEY", { generation: 4, active: "b", slots: { b: 4 } } as const],
]);

/** What is said where an entry answers so to a look at a generation. */
function asked(
  look: (generation: number) => ReturnType<Entry["look"]>,
  more: { readonly config?: object; readonly has?: Entry["has"] } = {},
) {
  const { config = CONFIG, has = () => Promise.resolve(true) } = more;
  const entry: Entry = {
    look,
    has,
    valueOf: () => Promise.reject(new Error("no value is to be read")),
    put: () => Promise.reject(new Error("nothing is to be written")),
    byHand: () => "`vault kv metadata delete example`",
  };
  const clouds = { cloud: cloudWith({}), resources: [] };
  const secrets = SECRETS.filter(({ name }) => name === "OPENROUTER_API_KEY");
  return leftAtIntakes(secrets, RECORDS, { config: { ...config } }, clouds, () => entry);
}

describe("convergence: intake entries", () => {
  it("says nothing where nothing is left", async () => {
    assert.deepEqual(await asked(() => Promise.resolve([])), []);
  });

  it("tells of a value that a broken off command left, with what goes on with it and what takes it away", async () => {
    const looked: number[] = [];
    const [found] = await asked((generation) => {
      looked.push(generation);
      return Promise.resolve([{ version: "secret/data/x/g5", left: true }]);
    });
    assert.deepEqual(looked, [5]);
    assert.equal(found?.store, "vault-kv:secret/project/prod/intake/openrouter-api-key");
    assert.equal(found.judgement.verdict, "changed by hand");
    assert.match(found.judgement.reason ?? "", /generation 5/);
    assert.match(found.judgement.fix ?? "", /rekey stage OPENROUTER_API_KEY --to-store.*vault kv/);
  });

  it("tells of an older one, too, which nothing goes on with", async () => {
    const left = { version: "secret/data/x/g3", generation: 3, left: true };
    const [found] = await asked(() => Promise.resolve([left]));
    assert.match(found?.judgement.reason ?? "", /generation 3/);
    assert.doesNotMatch(found?.judgement.fix ?? "", /rekey stage/);
  });

  it("tells that a value in use is gone where it was taken in, before an update has to take it over again", async () => {
    const intake = "secret/data/project/prod/intake/openrouter-api-key/g4";
    const slots = { OPENROUTER_API_KEY: { b: { generation: 4, intake } } };
    const config = { ...CONFIG, "rekey:external": slots };
    const look = () => Promise.resolve([]);
    assert.deepEqual(await asked(look, { config }), []);
    const [found] = await asked(look, { config, has: () => Promise.resolve(false) });
    assert.equal(found?.judgement.verdict, "missing");
    assert.match(found.judgement.fix ?? "", /undelete.*refresh nothing/);
  });

  it("tells settings that are behind, and a store that does not answer", async () => {
    const behind = new RekeyError({ code: "settings-behind", message: "is at 9", fix: "pull" });
    const [ahead] = await asked(() => Promise.reject(behind));
    assert.deepEqual(ahead?.judgement, { verdict: "ahead", reason: "is at 9", fix: "pull" });
    const [gone] = await asked(() => Promise.reject(new Error("Vault: GET x: ECONNREFUSED")));
    assert.equal(gone?.judgement.verdict, "unreachable");
    assert.match(gone.judgement.reason ?? "", /ECONNREFUSED/);
  });

  it("says nothing of an entry that others made", async () => {
    const others = new RekeyError({ code: "no-entry", message: "not of rekey's making" });
    assert.deepEqual(await asked(() => Promise.reject(others)), []);
  });

  it("asks no entry that consumers read: those are compared", async () => {
    const config = {};
    const secrets = declaredSecrets(["capanel"], "prod", config).filter(
      ({ source }) => source === "external",
    );
    assert.equal(secrets.length, 1);
    const clouds = { cloud: cloudWith({}), resources: [] };
    assert.deepEqual(await leftAtIntakes(secrets, RECORDS, { config }, clouds), []);
  });
});
