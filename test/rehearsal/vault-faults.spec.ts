import assert from "node:assert/strict";
import { RotationRecord, Token, VaultKv, liveGenerations } from "../../components";
import { readKvMetadata } from "../../operator/vault";
import { answering, type FaultedStore, tryEveryCall } from "../support/faults";
import { MATRIX_MS } from "../support/rehearsal";
import { ProxiedVault } from "./proxied-vault";

const PATH = "project/prod/jwt-secret";
const START: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  new VaultKv("jwt-vault", { path: PATH, generations });
  return Promise.resolve();
};

describe("a Vault that answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let vault: ProxiedVault;

  before(async () => {
    vault = await ProxiedVault.start();
    await vault.project.up(program(START));
  });
  after(() => vault?.stop());

  async function settled(record: RotationRecord): Promise<void> {
    const [fields, live] = [await vault.fields(PATH), liveGenerations(record)];
    const active = live.find(({ state }) => state === "active");
    assert.equal(fields["generation"], String(active?.generation));
    assert.equal(fields["value"], fields[`value_${active?.slot}`]);
    const metadata = await readKvMetadata(vault.client(), "secret", PATH);
    assert.equal(
      metadata?.customMetadata["rekey-live"],
      live.map(({ slot, generation }) => `${slot}:${generation}`).join(","),
    );
  }

  it("names path and store, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
    const store: FaultedStore = {
      proxy: vault.proxy,
      faults: answering((text) => ({ errors: [text] })),
      calls: new RegExp(`/v1/secret/(data|metadata)/${PATH}`),
      told: new RegExp(`secret/(data|metadata)/${PATH} was not written as wanted: Vault: `),
      up: (record) => vault.project.rekeyUp(program(record)),
      value: (generation) => vault.value(PATH, generation),
      settled,
    };
    const tried = await tryEveryCall(store, START, 2);
    assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
  });
});
