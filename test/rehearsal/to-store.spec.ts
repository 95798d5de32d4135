import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { SecretText } from "../../components/secret-text";
import { silent } from "../../operator/output";
import type { Clouds } from "../../rehearsal/clouds";
import { AWS_FAULTS } from "../../rehearsal/clouds/aws/calls";
import type { FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { searchLeaks } from "../../rehearsal/leaks";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { FULL, SEED, sample } from "../support/random";
import { ENGINE_MS, runRekey, settingsFile } from "../support/rehearsal";
import { Outputs, SYSTEMS, Walked } from "./to-store-systems";

/** Calls of a stage that fail, before the service did what it was asked or after. */
const FAILING = [
  ["DescribeSecret", "before"],
  ["PutSecretValue", "before"],
  ["PutSecretValue", "after"],
] as const;

// One of them by the seed, all under `npm run matrix`.
SYSTEMS.filter((_, at) => sample(1, 0) === 1 || at === SEED % SYSTEMS.length).forEach((declare) => declare(suite)); // prettier-ignore

function suite<C extends Clouds>(walked: Walked<C>): void {
  const { system, secret, expected, by, backends } = walked;

  describe(`${secret} of ${system.name}, taken in by ${by} (seed ${SEED})`, function () {
    this.timeout(ENGINE_MS);
    let session: Session<C>;
    let outputs: Outputs;
    const issued: SecretText[] = [];

    before(async () => {
      session = await openSession(system, { providers: "local", overlapSeconds: 0, backends, progress: silent }); // prettier-ignore
      await prepareSystem(session, {
        ...system,
        prepare: async (clouds, project) =>
          walked.prepare(clouds, await system.prepare(clouds, project)),
      });
      await update("up", { create: true });
    });
    after(() => session?.close());

    async function update(what: string, more: Parameters<Session["update"]>[1] = {}) {
      await walked.writes(session.clouds);
      ({ outputs } = await session.update(what, more));
      return walked.writes(session.clouds);
    }
    async function rekey(args: readonly string[], input?: SecretText): Promise<string> {
      const { code, out, err } = await runRekey(session, args, input?.reveal());
      assert.equal(code, 0, err + out);
      return out + err;
    }
    async function stageNext(): Promise<void> {
      const value = walked.issue(session.clouds);
      issued.push(value);
      await walked.writes(session.clouds);
      const said = await rekey(["stage", secret, "--value-stdin", "--to-store"], value);
      const wanted = issued.length === 1 ? expected.first : expected.command;
      assert.deepEqual(await walked.writes(session.clouds), wanted);
      assertNowhere(`${said}${await readFile(settingsFile(session), "utf8")}`);
    }
    function assertNowhere(text: string): void {
      assert.ok(issued.every((value) => !text.includes(value.reveal())));
    }
    const converged = () => rekey(["convergence", secret]);
    const newest = () => issued.at(-1)?.reveal() ?? "";

    it("is staged by one value that the command writes", async () => {
      const before = await readFile(settingsFile(session), "utf8");
      await stageNext();
      const text = await readFile(settingsFile(session), "utf8");
      const ciphertexts = (one: string) => one.match(/secure:/g)?.length ?? 0;
      assert.ok(ciphertexts(text) - ciphertexts(before) <= 1, "the key of the fingerprints alone");
      const early = await runRekey(session, ["convergence", secret, "--json"]);
      assert.doesNotMatch(early.out, /changed by hand|missing|unreachable/);
      assert.deepEqual(await update("stage"), expected.stage);
      await converged();
      assert.ok(!(await walked.used(session, outputs)).includes(newest()));
    });

    it("is used from its activation on, and the next update finds nothing to do", async () => {
      await rekey(["activate", secret]);
      assert.deepEqual(await update("activate"), expected.activate);
      assert.ok((await walked.used(session, outputs)).includes(newest()));
      assert.deepEqual(await update("once more", { expectNoChanges: true }), []);
      if (walked.sync) {
        const late = await runRekey(session, ["convergence", secret]);
        assert.equal(late.code, 1);
        assert.match(late.out, /the cluster has\s+generation 1/);
        assert.match(late.out, /retire\s+nothing\s+until\s+then/);
        assertNowhere(late.out + late.err);
        await walked.sync(session.clouds, issued.at(-1)!);
      }
      await converged();
    });

    if (FULL)
      it("rolls back to the one before it, and is used again", async () => {
        for (const [move, used] of [
          ["rollback", false],
          ["activate", true],
        ] as const) {
          await rekey([move, secret]);
          assert.equal((await update(move)).length, expected.activate.length);
          assert.equal((await walked.used(session, outputs)).includes(newest()), used);
        }
      });

    it("is alone once the one before it is retired", async () => {
      await rekey(["retire", secret]);
      assert.deepEqual(await update("retire"), expected.retire);
      assert.equal(await walked.readable(session.clouds), 1);
      await converged();
    });

    it("is followed by one that is withdrawn after its update, and by one that a killed command left and that is withdrawn before any", async () => {
      await stageNext();
      assert.deepEqual(await update("stage"), expected.stage);
      await rekey(["withdraw", secret]);
      assert.deepEqual(await update("withdraw"), expected.withdraw);
      const before = await readFile(settingsFile(session), "utf8");
      await stageNext();
      // As if the command had been killed before it wrote the file.
      await writeFile(settingsFile(session), before);
      const { code, out } = await runRekey(session, ["convergence", secret]);
      assert.equal(code, 1);
      assert.match(out, /changed by hand/);
      await rekey(["stage", secret, "--value-stdin", "--to-store"], issued.at(-1));
      assert.deepEqual(await walked.writes(session.clouds), []);
      assert.equal(await walked.readable(session.clouds), 2);
      await rekey(["withdraw", secret]);
      assert.equal(await walked.readable(session.clouds), 1);
      assert.deepEqual(await update("once more", { expectNoChanges: true }), []);
      await converged();
      const first = issued[0]?.reveal() ?? "";
      assert.ok((await walked.used(session, outputs)).includes(first));
    });

    if (walked.proxy)
      it("is refused by name at any call that its store does not answer, changes no file, and is taken in by the same command later", async () => {
        const value = walked.issue(session.clouds);
        issued.push(value);
        const proxy = walked.proxy?.(session.clouds) as FaultProxy;
        const before = await readFile(settingsFile(session), "utf8");
        const readable = await walked.readable(session.clouds);
        const stage = ["stage", secret, "--value-stdin", "--to-store"];
        // The SDK asks three times; what the service did and did not answer it does once all the same.
        for (const [call, when] of FAILING) {
          const fault = AWS_FAULTS.serverError;
          proxy.fail({ fault, matching: new RegExp(`^secretsmanager\\.${call} `), times: 9, when });
          const { code, out, err } = await runRekey(session, stage, value.reveal());
          proxy.heal();
          assert.equal(code, 1, out + err);
          assert.match(err, new RegExp(`AWS Secrets Manager: ${call} on project/prod/.*: 500`));
          assert.match(err, /the settings file was not changed/);
          assertNowhere(out + err);
          assert.equal(await readFile(settingsFile(session), "utf8"), before);
        }
        await rekey(stage, value);
        assert.equal(await walked.readable(session.clouds), readable + 1);
        await rekey(["withdraw", secret]);
        assert.equal(await walked.readable(session.clouds), readable);
      });

    if (FULL)
      it("is replaced and retired at once in an emergency", async () => {
        const value = walked.issue(session.clouds);
        issued.push(value);
        const options = ["--value-stdin", "--to-store", "--yes", "--reason", "rehearsal"];
        assertNowhere(await rekey(["emergency", secret, ...options], value));
        ({ outputs } = await session.update("once more", { expectNoChanges: true }));
        assert.ok((await walked.used(session, outputs)).includes(newest()));
        assert.equal(await walked.readable(session.clouds), 1);
      });

    it("stands in nothing that was written or said", async () => {
      const values = issued.map((value, at) => [`${secret} (${at})`, { value }] as const);
      assert.deepEqual(await searchLeaks(session, [], [new Map(values)], {}), []);
    });
  });
}
