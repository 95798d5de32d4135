import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RotationRecord, Token, VaultKv, liveGenerations } from "../../components";
import { readKv, readKvMetadata } from "../../operator/vault";
import { startFaultProxy, type FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { startVault, type Vault } from "../../rehearsal/clouds/vault";
import { answering, type FaultedStore, tryEveryCall } from "../support/faults";
import { MATRIX_MS } from "../support/rehearsal";
import { TestProject } from "./providers/project";

const PATH = "project/prod/jwt-secret";
const START: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  new VaultKv("jwt-vault", { path: PATH, generations });
  return Promise.resolve();
};

describe("a Vault that answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let dir: string;
  let vault: Vault;
  let proxy: FaultProxy;
  let project: TestProject;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-vault-faults-"));
    vault = await startVault({ dir, plain: true });
    proxy = await startFaultProxy({ target: String(vault.plainAddress) });
    project = await TestProject.create({ VAULT_CLIENT_TIMEOUT: "2" });
    await project.configure(
      { "vault:address": proxy.url, "vault:skipChildToken": "true" },
      { "vault:token": vault.token.reveal() },
    );
    await project.up(program(START));
  });
  after(async () => {
    await proxy?.stop();
    await vault?.stop();
    await project?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  async function held(): Promise<Readonly<Record<string, string>>> {
    const { data = {} } = (await readKv(vault.client(vault.token), "secret", PATH)) ?? {};
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.reveal()]));
  }

  async function settled(record: RotationRecord): Promise<void> {
    const [fields, live] = [await held(), liveGenerations(record)];
    const active = live.find(({ state }) => state === "active");
    assert.equal(fields["generation"], String(active?.generation));
    assert.equal(fields["value"], fields[`value_${active?.slot}`]);
    const metadata = await readKvMetadata(vault.client(vault.token), "secret", PATH);
    assert.equal(
      metadata?.customMetadata["rekey-live"],
      live.map(({ slot, generation }) => `${slot}:${generation}`).join(","),
    );
  }

  it("names path and store, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
    const store: FaultedStore = {
      proxy,
      faults: answering((text) => ({ errors: [text] })),
      calls: new RegExp(`/v1/secret/(data|metadata)/${PATH}`),
      told: new RegExp(`secret/(data|metadata)/${PATH} was not written as wanted: Vault: `),
      up: (record) => project.rekeyUp(program(record)),
      value: async (generation) => {
        const fields = await held();
        const slot = ["a", "b"].find((one) => fields[`generation_${one}`] === String(generation));
        return fields[`value_${slot}`];
      },
      settled,
    };
    const tried = await tryEveryCall(store, START, 2);
    assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
  });
});
