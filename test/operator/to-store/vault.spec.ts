import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import { RekeyError } from "../../../operator/errors";
import type { KnownResource } from "../../../operator/recovery/state";
import { deleteInVault, vaultIntake } from "../../../operator/to-store/vault";
import type { VaultClient } from "../../../operator/vault";
import { OPENROUTER } from "../../support/openrouter";

const ENTRY = "secret/project/prod/intake/openrouter-api-key";
const target = {
  ...OPENROUTER,
  ...({ kind: "vault-kv", entry: ENTRY, store: `vault-kv:${ENTRY}`, intake: true } as const),
};
const PATH = "project/prod/intake/openrouter-api-key";

/** A KV v2 engine in memory that answers what the code under test asks: values by path, undefined for one that was deleted. */
function fakeVault(paths: Readonly<Record<string, string | undefined>>) {
  const held = new Map(Object.entries(paths));
  const writes: string[] = [];
  const at = (path: string, branch: string) => path.replace(`secret/${branch}/`, "");
  const client = {
    list: (path: string) => {
      const below = `${at(path, "metadata")}/`;
      const found = [...held.keys()].filter((one) => one.startsWith(below));
      return Promise.resolve(found.map((one) => one.slice(below.length)));
    },
    read: (path: string) => {
      if (path.startsWith("secret/data/")) {
        const value = held.get(at(path, "data"));
        return Promise.resolve(value && { data: { value }, metadata: { version: 1 } });
      }
      const name = at(path, "metadata");
      if (!held.has(name)) return Promise.resolve(undefined);
      const deletion_time = held.get(name) === undefined ? "2026-01-31T12:00:00Z" : "";
      return Promise.resolve({ current_version: 1, versions: { 1: { deletion_time } } });
    },
    write: (path: string, body: { data: { value: string }; options: { cas: number } }) => {
      assert.equal(body.options.cas, 0);
      writes.push(`write ${path}`);
      held.set(at(path, "data"), body.data.value);
      return Promise.resolve({});
    },
    delete: (path: string) => {
      writes.push(`delete ${path}`);
      held.delete(at(path, "metadata"));
      return Promise.resolve();
    },
  } as unknown as VaultClient;
  return { client, writes, held };
}

const known = (id: string): KnownResource => ({
  urn: "urn:pulumi:prod::rekey::vault:kv/secretV2:SecretV2::project-openrouter-intake-g2",
  type: "vault:kv/secretV2:SecretV2",
  ...{ id, inputs: {}, outputs: {}, initErrors: [] },
});

describe("an intake entry in Vault", () => {
  const entryOn = (
    { client }: ReturnType<typeof fakeVault>,
    state: readonly KnownResource[] = [],
    named: readonly string[] = [],
  ) => vaultIntake(target, "secret", state, named, client);

  it("gets a path a generation, which is written once and never over another", async () => {
    const vault = fakeVault({});
    const entry = entryOn(vault);
    assert.deepEqual(await entry.look(1), []);
    const reference = await entry.put(new SecretText("a new key"), 1);
    assert.equal(reference, `secret/data/${PATH}/g1`);
    assert.deepEqual(vault.writes, [`write secret/data/${PATH}/g1`]);
    assert.equal((await entry.valueOf(reference)).reveal(), "a new key");
  });

  it("finds what a run that was broken off put there, and says how a person takes it out of use", async () => {
    const vault = fakeVault({ [`${PATH}/g1`]: "old", [`${PATH}/g2`]: "left" });
    const entry = entryOn(vault, [known(`secret/data/${PATH}/g1`)]);
    const [left, ...others] = await entry.look(2);
    assert.deepEqual([left?.version, others], [`secret/data/${PATH}/g2`, []]);
    assert.equal(
      entry.byHand(`secret/data/${PATH}/g2`, 2),
      `\`vault kv metadata delete -mount=secret ${PATH}/g2\``,
    );
  });

  for (const [what, state, named] of [
    ["an update has this generation", [known(`secret/data/${PATH}/g2`)], []],
    ["the settings have it", [], [`secret/data/${PATH}/g2`]],
  ] as const)
    it(`refuses where ${what}: the settings are behind`, async () => {
      const vault = fakeVault({ [`${PATH}/g2`]: "in use" });
      await assert.rejects(
        entryOn(vault, state, named).look(2),
        (error: unknown) => error instanceof RekeyError && error.code === "settings-behind",
      );
    });

  it("refuses where there is a later generation, unless that was deleted", async () => {
    const later = (value: string | undefined) => entryOn(fakeVault({ [`${PATH}/g3`]: value }));
    assert.deepEqual(await later(undefined).look(2), []);
    await assert.rejects(later("newer").look(2), /is at generation 3 already/);
  });

  it("lets go for good of what an update deleted, when the next value comes", async () => {
    const vault = fakeVault({ [`${PATH}/g1`]: undefined, [`${PATH}/g2`]: "in use" });
    const entry = entryOn(vault, [known(`secret/data/${PATH}/g2`)]);
    await entry.look(3);
    assert.deepEqual(vault.writes, [], "looking changes nothing");
    await entry.put(new SecretText("a new key"), 3);
    assert.deepEqual([...vault.held.keys()], [`${PATH}/g2`, `${PATH}/g3`]);
  });

  it("leaves a path that the settings name and somebody deleted: it can be brought back", async () => {
    const vault = fakeVault({ [`${PATH}/g1`]: undefined });
    const entry = entryOn(vault, [], [`secret/data/${PATH}/g1`]);
    await entry.look(2);
    await entry.put(new SecretText("a new key"), 2);
    assert.ok(vault.held.has(`${PATH}/g1`));
    assert.equal(await entry.has?.(`secret/data/${PATH}/g1`), false);
    assert.equal(await entry.has?.(`secret/data/${PATH}/g2`), true);
  });

  it("tells of what an older broken off run left, which this generation cannot use", async () => {
    const vault = fakeVault({ [`${PATH}/g1`]: "left", [`${PATH}/g2`]: "in use" });
    const found = await entryOn(vault, [known(`secret/data/${PATH}/g2`)]).look(3);
    assert.deepEqual(found, [{ version: `secret/data/${PATH}/g1`, generation: 1, left: true }]);
  });

  it("loses a path that is withdrawn before an update took it over, and nothing but a path of Vault's", async () => {
    const vault = fakeVault({ [`${PATH}/g2`]: "withdrawn" });
    await deleteInVault(`secret/data/${PATH}/g2`, vault.client);
    assert.equal(vault.held.size, 0);
    await assert.rejects(deleteInVault("arn:aws:x|y", vault.client));
    assert.equal(vault.writes.length, 1);
  });
});
