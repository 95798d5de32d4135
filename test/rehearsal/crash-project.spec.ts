import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { silent } from "../../operator/output";
import { openStack } from "../../operator/workspace";
import { until } from "../../rehearsal/processes";
import { STACK } from "../../rehearsal/project";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { projectRehearsal } from "../../rehearsal/systems/project";
import { NAMESPACE, ProjectClouds } from "../../rehearsal/systems/project/clouds";
import { urlOf } from "../../rehearsal/systems/project/cluster";
import { Held, Stage, held } from "../../rehearsal/systems/system";
import { openProject } from "../../operator/project";
import { Durations, Victim, killed } from "../support/kills";
import { SEED, sample, seeded } from "../support/random";
import { ENGINE_MS, runRekey } from "../support/rehearsal";

/** Each with its object's name in the cluster. */
const SECRETS = { JWT_SECRET: "jwt-secret", POSTGRES_PASSWORD: "postgres-password" };
const NAMES = Object.keys(SECRETS);
const MOVES = ["stage", "activate", "retire"] as const;
/** Of the update that makes everything, one after the other. */
const AT_FIRST = 20;
const LATER = 20;

// Under `npm run matrix` alone: the first update of project makes everything that the clouds have.
if (sample(1, 0) === 1)
  describe(`project on Kubernetes and AWS, with the engine or the operator killed at random moments (seed ${SEED})`, function () {
    this.timeout(ENGINE_MS * 3);
    const random = seeded(SEED);
    const durations = new Durations(5_000);
    const victim = (): Victim => (random() < 0.7 ? "engine" : "operator");
    let session: Session<ProjectClouds>;
    let stage: Stage<ProjectClouds>;

    before(async () => {
      const options = { providers: "local", overlapSeconds: 0, progress: silent } as const;
      session = await openSession(projectRehearsal, options);
      await prepareSystem(session, projectRehearsal);
      const { clouds, project, engine } = session;
      stage = { clouds, project, engine, outputs: {} };
      const { work: cwd, env } = project;
      await openStack({ cwd, stack: STACK, command: engine.command, env, create: true });
    });
    after(() => session?.close());

    it(`converges after its first update was killed ${AT_FIRST} times`, async () => {
      let struck = 0;
      for (let kill = 0; kill < AT_FIRST; kill++) {
        const moment = random() * durations.of("first");
        const done = await killed(session, ["up"], victim(), moment);
        if (done.struck) struck += 1;
        else assert.equal(done.ran.code, 0, done.ran.err);
      }
      assert.ok(struck > 0, "no update was ever killed");
      const next = await runRekey(session, ["up", "--json"]);
      assert.equal(next.code, 0, next.err + next.out);
      await assertConverged();
    });

    for (let kill = 0; kill < LATER; kill++) {
      const move = MOVES[kill % MOVES.length] ?? "stage";
      const [whom, share] = [victim(), random()];

      it(`${move}, the ${whom} killed at ${Math.round(share * 100)} %: nobody is locked out, and the next up converges`, async () => {
        const before = held(await projectRehearsal.hold(stage), "POSTGRES_PASSWORD");
        const moved = await runRekey(session, [move, ...NAMES]);
        assert.equal(moved.code, 0, moved.err);
        const done = await killed(session, ["up"], whom, share * durations.of(move));
        if (!done.struck) durations.saw(move, done);
        await assertServes();
        assert.equal(
          await attempt("POSTGRES_PASSWORD", before),
          "accepted",
          "a user is locked out",
        );
        const next = await runRekey(session, ["up", "--json"]);
        assert.equal(next.code, 0, next.err + next.out);
        await assertConverged();
      });
    }

    it("in the end, an update without a change plans nothing", async () => {
      const last = await runRekey(session, ["up", "--expect-no-changes"]);
      assert.equal(last.code, 0, last.err);
    });

    it("left no value in the state", async () => {
      const place = join(session.project.root, "state/.pulumi/stacks/rekey", `${STACK}.json`);
      const state = await readFile(place, "utf8");
      for (const [name, { value }] of await projectRehearsal.hold(stage)) {
        const plain = value.reveal();
        // A public key and an id are in the state by right.
        if (name === "VAPID_PUBLIC_KEY" || name === "GMAIL_CLIENT_ID") continue;
        for (const text of [plain, Buffer.from(plain).toString("base64")])
          assert.ok(!state.includes(text), `${name} is in the state`);
      }
    });

    /** The cluster has the objects of the live generations and no others, and the workloads' values open what they are for. */
    async function assertConverged(): Promise<void> {
      await assertServes();
      const { records } = await openProject({ cwd: session.project.work, stack: STACK });
      const at = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE };
      const objects = await session.clouds.kubernetes.list(at);
      for (const [name, object] of Object.entries(SECRETS)) {
        const slots = Object.values(records.get(name)?.slots ?? { a: 1 });
        const own = objects.map(({ metadata }) => metadata.name).filter((one) => one.startsWith(`${object}-g`)); // prettier-ignore
        assert.deepEqual(own.sort(), slots.map((generation) => `${object}-g${generation}`).sort());
      }
      const now = await projectRehearsal.hold(stage);
      for (const name of NAMES)
        assert.equal(await attempt(name, held(now, name)), "accepted", name);
    }

    function assertServes(): Promise<void> {
      const url = `${urlOf(session.clouds, "backend")}/readyz`;
      const serves = async () => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
      return until("the backend serves", serves, 30_000);
    }

    async function attempt(name: string, held: Held) {
      return projectRehearsal.trials[name]?.attempt(stage, held);
    }
  });
