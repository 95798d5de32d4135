import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { SecretText } from "../../components/secret-text";
import { silent } from "../../operator/output";
import { SECRET_CHANGES } from "../../rehearsal/clouds/aws/calls";
import type { Clouds } from "../../rehearsal/clouds";
import { searchLeaks } from "../../rehearsal/leaks";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { CapanelClouds, GOOGLE } from "../../rehearsal/systems/capanel/clouds";
import { projectRehearsal } from "../../rehearsal/systems/project";
import { CountedAws, NAMESPACE, ProjectClouds } from "../../rehearsal/systems/project/clouds";
import type { SystemRehearsal } from "../../rehearsal/systems/system";
import { awsClient } from "../support/aws";
import { FULL, SEED, sample } from "../support/random";
import { ENGINE_MS, runRekey, settingsFile } from "../support/rehearsal";

type Outputs = Awaited<ReturnType<Session["update"]>>["outputs"];

/** A system of which one key goes straight to a store. */
interface Walked<C extends Clouds> {
  readonly system: SystemRehearsal<C>;
  readonly secret: string;
  /** As prepared, but for what the key needs. */
  readonly prepare: (
    clouds: C,
    settings: Record<string, unknown>,
  ) => Promise<Record<string, unknown>>;
  /** Has its issuer make another one. */
  readonly issue: (clouds: C) => SecretText;
  /** What those get who use the key. */
  readonly used: (session: Session<C>, outputs: Outputs) => Promise<string>;
  /** What writes a secret's entry since it was last asked, without tags and labels of the entry. */
  readonly writes: (clouds: C) => Promise<string[]>;
  /** The writes of a stage's command, and of the updates after the other moves. */
  readonly expected: Readonly<Record<"stage" | "activate" | "retire" | "withdraw", string[]>>;
  /** Brings the value in use to a copy that something else keeps in step with the store. */
  readonly sync?: (clouds: C, value: SecretText) => Promise<void>;
  /** How many generations can be read at the entry. */
  readonly readable: (clouds: C) => Promise<number>;
}

const GOOGLE_ENTRY = `projects/${GOOGLE.project}/secrets/capanel-vite-strapi-api-key`;
const AWS_ENTRY = "project/prod/openrouter-api-key";

const SYSTEMS = [
  () =>
    suite<CapanelClouds>({
      system: capanelRehearsal,
      secret: "VITE_STRAPI_API_KEY",
      prepare: (_, settings) => Promise.resolve(settings),
      issue: ({ strapi }) => new SecretText(strapi.issue()),
      used: async (_, { capanelWeb }) =>
        (await fetch(`${String(capanelWeb)}/assets/app.js`)).text(),
      writes: async ({ google }) => {
        const init = { headers: { authorization: `Bearer ${google.token}` } };
        const answer = await fetch(`${google.url}/_fake/writes`, init);
        const { counts } = (await answer.json()) as { counts: Record<string, number> };
        await fetch(`${google.url}/_fake/writes`, { ...init, method: "DELETE" });
        return Object.entries(counts).flatMap(([kind, count]) =>
          kind.startsWith("secretVersion.") ? Array<string>(count).fill(kind) : [],
        );
      },
      expected: {
        stage: ["secretVersion.add"],
        activate: [],
        retire: ["secretVersion.disable"],
        withdraw: ["secretVersion.disable"],
      },
      readable: async ({ google: { client } }) =>
        (await client.secretManager.listVersions(GOOGLE_ENTRY, "state:ENABLED")).length,
    }),
  () =>
    suite<ProjectClouds>({
      system: projectRehearsal,
      secret: "OPENROUTER_API_KEY",
      prepare: async (clouds, settings) => {
        await syncedByCluster(clouds, clouds.issued.openrouter);
        const project = settings["rekey:project"] as { readonly aws: object };
        const aws = { ...project.aws, syncedByCluster: ["OPENROUTER_API_KEY"] };
        return { ...settings, "rekey:project": { ...project, aws } };
      },
      sync: syncedByCluster,
      issue: ({ openrouter }) => openrouter.issue(),
      used: async ({ clouds }) => {
        const command = new GetSecretValueCommand({ SecretId: AWS_ENTRY });
        return (await awsClient(awsOf(clouds).aws).send(command)).SecretString ?? "";
      },
      writes: (clouds) => {
        const { proxy } = awsOf(clouds);
        const names = proxy.calls
          .map(({ name }) => name)
          .filter((name) => SECRET_CHANGES.test(name));
        proxy.forget();
        const calls = names.map((name) => name.slice(name.indexOf(".") + 1).split(" ")[0] ?? "");
        return Promise.resolve(calls.filter((name) => name !== "TagResource"));
      },
      expected: {
        stage: ["PutSecretValue"],
        activate: ["UpdateSecretVersionStage"],
        retire: ["UpdateSecretVersionStage"],
        withdraw: ["UpdateSecretVersionStage"],
      },
      readable: async (clouds) => {
        const command = new DescribeSecretCommand({ SecretId: AWS_ENTRY });
        const { VersionIdsToStages = {} } = await awsClient(awsOf(clouds).aws).send(command);
        const labels = Object.values(VersionIdsToStages).flat();
        return labels.filter((label) => label.startsWith("rekey-g")).length;
      },
    }),
];

function awsOf({ counted }: ProjectClouds): CountedAws {
  if (counted === undefined) throw new Error("project runs without AWS");
  return counted;
}

/** The object that the cluster itself keeps in step with AWS. */
async function syncedByCluster({ kubernetes }: ProjectClouds, value: SecretText): Promise<void> {
  const place = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE };
  const name = "openrouter-api-key";
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { value: value.reveal() } }; // prettier-ignore
  await kubernetes.apply({ ...place, name }, object, { fieldManager: "example-sync" });
}

// One of them by the seed, both under `npm run matrix`.
SYSTEMS.filter((_, at) => sample(1, 0) === 1 || at === SEED % SYSTEMS.length).forEach((declare) => declare()); // prettier-ignore

function suite<C extends Clouds>(walked: Walked<C>): void {
  const { system, secret, expected } = walked;

  describe(`${secret} of ${system.name}, taken in straight to its store (seed ${SEED})`, function () {
    this.timeout(ENGINE_MS);
    let session: Session<C>;
    let outputs: Outputs;
    const issued: SecretText[] = [];

    before(async () => {
      session = await openSession(system, { providers: "local", overlapSeconds: 0, progress: silent }); // prettier-ignore
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
      assert.deepEqual(await walked.writes(session.clouds), expected.stage);
      assertNowhere(`${said}${await readFile(settingsFile(session), "utf8")}`);
    }
    function assertNowhere(text: string): void {
      assert.ok(issued.every((value) => !text.includes(value.reveal())));
    }
    const converged = () => rekey(["convergence", secret]);
    const newest = () => issued.at(-1)?.reveal() ?? "";

    it("is staged by one write of the command and none of the update", async () => {
      const before = await readFile(settingsFile(session), "utf8");
      await stageNext();
      const text = await readFile(settingsFile(session), "utf8");
      const ciphertexts = (one: string) => one.match(/secure:/g)?.length ?? 0;
      assert.ok(ciphertexts(text) - ciphertexts(before) <= 1, "the key of the fingerprints alone");
      const early = await runRekey(session, ["convergence", secret, "--json"]);
      assert.doesNotMatch(early.out, /changed by hand|missing|unreachable/);
      assert.deepEqual(await update("stage"), []);
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
      assert.deepEqual(await update("stage"), []);
      await rekey(["withdraw", secret]);
      assert.deepEqual(await update("withdraw"), expected.withdraw);
      const before = await readFile(settingsFile(session), "utf8");
      await stageNext();
      // As if the command had been killed before it wrote the file.
      await writeFile(settingsFile(session), before);
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
