import assert from "node:assert/strict";
import {
  AwsSecretsManager,
  ExternalKey,
  type ExternalValue,
  type RotationRecord,
  VaultKv,
  liveGenerations,
} from "../../components";
import { INTAKE_FIELD, intakeEntryOf } from "../../components/intake-place";
import { SecretText } from "../../components/secret-text";
import { awsIntake } from "../../operator/to-store/aws";
import { readKvMetadata } from "../../operator/vault";
import { type FaultedStore, answering, tryEveryCall } from "../support/faults";
import { OPENROUTER, OPENROUTER_ENTRY as ENTRY } from "../support/openrouter";
import { FULL, SEED } from "../support/random";
import { MATRIX_MS } from "../support/rehearsal";
import { AwsStack, awsFaults, toldOf } from "./providers/aws/stack";
import { ProxiedVault } from "./proxied-vault";

const START: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const INTAKE = intakeEntryOf(ENTRY);
const valueOf = (generation: number) => `CANARY-${generation}-q7Zt1Lw0Xc9Vb2Nm8Kd4`;
const labelOf = (generation: number) => `rekey-g${generation}`;

/** The settings of a key whose every value is taken in past the program, as `rekey stage --to-store` does it. */
class TakenIn {
  #slots: Record<string, ExternalValue> = {};

  constructor(private readonly put: (generation: number) => Promise<string>) {}

  /** Takes in what a record wants and does not have yet; what it lets go goes from the settings, too. */
  async for(record: RotationRecord): Promise<Readonly<Record<string, ExternalValue>>> {
    const slots: Record<string, ExternalValue> = {};
    for (const { slot, generation } of liveGenerations(record)) {
      const known = this.#slots[slot];
      slots[slot] =
        known?.generation === generation
          ? known
          : { generation, intake: await this.put(generation) };
    }
    return (this.#slots = slots);
  }
}

// One store by the seed, both under `npm run matrix`.
const wanted = (at: number) => FULL || SEED % 2 === at;

if (wanted(0))
  describe("a key that was taken in to an AWS that answers 500, throttles, times out or cuts the line, on the real engine", function () {
    this.timeout(MATRIX_MS);
    let stack: AwsStack;
    const taken = new TakenIn(async (generation) => {
      const intake = awsIntake(OPENROUTER, [], [], stack.client());
      await intake.look(generation);
      return intake.put(new SecretText(valueOf(generation)), generation);
    });

    async function program(record: RotationRecord) {
      const values = await taken.for(record);
      return () => {
        const { generations } = new ExternalKey("key", { secret: "KEY", record, values });
        new AwsSecretsManager("key-aws", { secretName: ENTRY, generations });
        return Promise.resolve();
      };
    }

    before(async () => {
      stack = await AwsStack.start();
      await stack.project.up(await program(START));
    });
    after(() => stack.stop());

    const value = (label: string) => stack.valueIfAny(ENTRY, label);

    async function settled(record: RotationRecord): Promise<void> {
      const live = liveGenerations(record);
      const expected = live.map(({ generation }) => labelOf(generation)).sort();
      for (const entry of [ENTRY, INTAKE]) {
        const labels = (await stack.labels(entry)).flat();
        assert.deepEqual(labels.filter((label) => label.startsWith("rekey-")).sort(), expected);
      }
      const active = live.find(({ state }) => state === "active")?.generation ?? 0;
      assert.equal(await value("AWSCURRENT"), valueOf(active));
    }

    it("names store and secret, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
      const store: FaultedStore = {
        proxy: stack.proxy,
        faults: awsFaults(),
        calls: /^secretsmanager\./,
        told: toldOf("Secrets Manager", "project/prod/(intake/)?openrouter-api-key"),
        up: async (record) => stack.project.rekeyUp(await program(record)),
        value: (generation) => value(labelOf(generation)),
        settled,
      };
      const tried = await tryEveryCall(store, START, 2);
      assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
    });
  });

if (wanted(1))
  describe("a key that was taken in to a Vault that answers 500, throttles, times out or cuts the line, on the real engine", function () {
    this.timeout(MATRIX_MS);
    let vault: ProxiedVault;
    const taken = new TakenIn(async (generation) => {
      const reference = `secret/data/${INTAKE}/g${generation}`;
      const data = { [INTAKE_FIELD]: valueOf(generation), generation: String(generation) };
      await vault.client().write(reference, { data, options: { cas: 0 } });
      return reference;
    });

    async function program(record: RotationRecord) {
      const values = await taken.for(record);
      return () => {
        const { generations } = new ExternalKey("key", { secret: "KEY", record, values });
        new VaultKv("key-vault", { path: ENTRY, generations });
        return Promise.resolve();
      };
    }

    before(async () => {
      vault = await ProxiedVault.start();
      await vault.project.up(await program(START));
    });
    after(() => vault?.stop());

    async function settled(record: RotationRecord): Promise<void> {
      const [fields, live] = [await vault.fields(ENTRY), liveGenerations(record)];
      const active = live.find(({ state }) => state === "active")?.generation ?? 0;
      assert.deepEqual([fields["generation"], fields["value"]], [String(active), valueOf(active)]);
      for (let generation = 1; generation <= record.generation; generation++) {
        const path = `${INTAKE}/g${generation}`;
        const metadata = await readKvMetadata(vault.client(), "secret", path);
        const lives = live.some((one) => one.generation === generation);
        assert.equal(metadata?.gone, !lives, `generation ${generation} at the intake entry`);
        assert.equal(metadata?.currentVersion, 1, "it is written once");
      }
    }

    it("names path and store, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
      const store: FaultedStore = {
        proxy: vault.proxy,
        faults: answering((text) => ({ errors: [text] })),
        calls: /\/v1\/secret\/(data|metadata)\/project\/prod\//,
        told: /Vault: \w+ secret\/(data|metadata)\/project\/prod\/(intake\/)?openrouter-api-key/,
        up: async (record) => vault.project.rekeyUp(await program(record)),
        value: (generation) => vault.value(ENTRY, generation),
        settled,
      };
      const tried = await tryEveryCall(store, START, 2);
      assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
    });
  });
