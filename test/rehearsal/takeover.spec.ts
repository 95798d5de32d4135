import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { SecretText } from "../../components/secret-text";
import { silent } from "../../operator/output";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import type { Clouds } from "../../rehearsal/clouds";
import { searchLeaks } from "../../rehearsal/leaks";
import { watchRetirement } from "../../rehearsal/retirement-watch";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { generatedValues } from "../../rehearsal/state-secrets";
import { mgmtVibeRehearsal } from "../../rehearsal/systems/mgmt-vibe";
import type { MgmtVibeClouds } from "../../rehearsal/systems/mgmt-vibe/clouds";
import { DATABASE as MGMT_VIBE, openSeeded } from "../../rehearsal/systems/mgmt-vibe/rows";
import { proxpanelRehearsal } from "../../rehearsal/systems/proxpanel";
import type { ProxpanelClouds } from "../../rehearsal/systems/proxpanel/clouds";
import { DATABASE as PROXPANEL } from "../../rehearsal/systems/proxpanel/hold";
import { ADMIN } from "../../rehearsal/systems/proxpanel/load";
import { asAdministrator } from "../../rehearsal/systems/self-hosted/database";
import { Machine, SERVICES, runJob } from "../../rehearsal/systems/self-hosted/machine";
import { Answer, Holdings, Stage, SystemRehearsal, held } from "../../rehearsal/systems/system";
import { tryAgainst } from "../../rehearsal/systems/trials";
import type { Traffic } from "../../rehearsal/traffic";
import { inventory } from "../../stacks/inventory";
import { runOverSsh } from "../../stacks/self-hosted/ssh";
import { SEED, sample } from "../support/random";
import { ENGINE_MS, runRekey, settingsFile } from "../support/rehearsal";
import { vapidPair } from "./app/panel-fixture";

const RATE = 20;
const text = () => randomBytes(24).toString("hex");

interface OnMachine extends Clouds {
  readonly machine: Machine;
}

/** A system that runs already, with keys that people made. */
interface Running<C extends OnMachine> {
  readonly system: SystemRehearsal<C>;
  readonly database: string;
  /** The component's short name of each secret that is taken over. */
  readonly takenOver: Readonly<Record<string, string>>;
  /** The env file that people wrote, but for the database. */
  readonly variables: (clouds: C) => Readonly<Record<string, string>>;
  /** What people ran once, after the first start. */
  readonly jobs: readonly string[];
  /** Sees that what was encrypted still opens. */
  readonly opens?: (clouds: C) => Promise<unknown>;
}

const SYSTEMS = [
  () =>
    suite<MgmtVibeClouds>({
      system: mgmtVibeRehearsal,
      database: MGMT_VIBE,
      takenOver: { SESSION_SECRET: "session", ENCRYPTION_KEY: "encryption" },
      variables: ({ issued, openai, stripe }) => ({
        SESSION_SECRET: text(),
        ENCRYPTION_KEY: `${randomBytes(32).toString("base64url")}=`,
        ENCRYPTION_KEY_VERSIONS: "1",
        OPENAI_URL: openai.url,
        OPENAI_API_KEY: issued.openai.reveal(),
        STRIPE_URL: stripe.url,
        STRIPE_PUBLISHABLE_KEY: issued.stripe.publishable,
        STRIPE_SECRET_KEY: issued.stripe.secret.reveal(),
      }),
      jobs: [],
      opens: ({ machine }) => openSeeded(machine),
    }),
  () =>
    suite<ProxpanelClouds>({
      system: proxpanelRehearsal,
      database: PROXPANEL,
      takenOver: {
        JWT_SECRET: "jwt",
        JWT_REFRESH_SECRET: "jwt-refresh",
        BACKUP_ENCRYPTION_KEY: "backup",
      },
      variables: ({ issued: { proxmox: token, webhooks }, proxmox }) => {
        const { publicKey, privateKey } = vapidPair();
        const signed = Object.entries(webhooks).map(([name, value]) => [name, value.reveal()]);
        return {
          ...(Object.fromEntries(signed) as Record<string, string>),
          JWT_SECRET: text(),
          JWT_REFRESH_SECRET: text(),
          BACKUP_ENCRYPTION_KEY: text(),
          BACKUP_ENCRYPTION_KEY_ID: "by-hand",
          ADMIN_USER: ADMIN,
          ADMIN_PASSWORD: text(),
          PROXMOX_URL: proxmox.url,
          PROXMOX_TOKEN_ID: token.id,
          PROXMOX_TOKEN_SECRET: token.secret.reveal(),
          VAPID_PUBLIC_KEY: publicKey,
          VAPID_PRIVATE_KEY: privateKey,
        };
      },
      jobs: ["seed-admin"],
    }),
];

// One of them by the seed, both under `npm run matrix`.
SYSTEMS.filter((_, at) => sample(1, 0) === 1 || at === SEED % SYSTEMS.length).forEach((declare) => declare()); // prettier-ignore

function suite<C extends OnMachine>(running: Running<C>): void {
  const { system, database, takenOver } = running;
  const names = Object.keys(takenOver);
  const declared = inventory([system.name]);
  // Nothing else opens the backups of its time.
  const retiring = names.filter((name) => declared.find((secret) => secret.name === name)?.class !== "backup-key"); // prettier-ignore

  describe(`${system.name}, which runs already with keys that people made (seed ${SEED})`, function () {
    this.timeout(ENGINE_MS);
    let session: Session<C>;
    let stage: Stage<C>;
    let traffic: Traffic;
    let byHand: Holdings;

    before(async () => {
      session = await openSession(system, { providers: "local", overlapSeconds: 0, progress: silent, attach: true }); // prettier-ignore
      const { clouds, project, engine } = session;
      await prepareSystem(session, {
        ...system,
        prepare: async (...given) => {
          const settings = await system.prepare(...given);
          const place = settings[`rekey:${system.name}`] as { readonly host: object };
          const host = { ...place.host, takeOverEnvFile: true };
          return { ...settings, [`rekey:${system.name}`]: { ...place, host } };
        },
      });
      stage = { clouds, project, engine, outputs: {} };
      await startByHand(clouds.machine, running, running.variables(clouds));
      traffic = await system.traffic(stage, RATE);
      byHand = await system.hold(stage);
    });
    after(async () => {
      await traffic?.stop();
      await session?.close();
    });

    async function rekey(args: readonly string[], input?: SecretText): Promise<void> {
      const { code, err } = await runRekey(session, args, input?.reveal());
      assert.equal(code, 0, err);
    }
    async function move(name: "rotate" | "retire", secrets: readonly string[]): Promise<void> {
      await rekey([name, ...secrets, "--reason", "rehearsal"]);
      await session.update(name);
    }
    async function assertTried(
      holdings: Holdings,
      promised: Answer,
      some: readonly string[] = names,
    ): Promise<void> {
      for (const { ok, evidence } of await tryAgainst(system, stage, holdings, some, promised))
        assert.ok(ok, evidence);
    }
    function assertNoneFailed(): void {
      const { sent, failed, failures } = traffic.report();
      assert.deepEqual({ failed, failures }, { failed: 0, failures: [] });
      assert.ok(sent > RATE);
    }

    it("is taken over by the first update: keys, tokens and rows stay, none is generated, and no request fails", async () => {
      await handOver(session.clouds.machine, database);
      for (const name of names)
        await rekey(["intake", name, "--value-stdin"], held(byHand, name).value);
      await session.update("take over", { create: true });
      const now = await system.hold(stage);
      for (const name of names)
        assert.equal(held(now, name).value.reveal(), held(byHand, name).value.reveal(), name);
      await assertTried(byHand, "accepted");
      await running.opens?.(session.clouds);
      const generated = [...(await generatedValues(session.project, session.engine)).keys()];
      assert.ok(generated.length > 0);
      for (const short of Object.values(takenOver))
        assert.ok(!generated.includes(`${system.name}-${short}-a`), short);
      await session.update("once more", { expectNoChanges: true });
      assertNoneFailed();
      assert.ok((await readFile(`${session.clouds.machine.envFile}.before-rekey`, "utf8")).length > 0); // prettier-ignore
    });

    it("needs the user that people made no more", async () => {
      await asAdministrator(session.clouds.postgres, database, (client) =>
        client.query(`DROP ROLE ${database}`),
      );
    });

    it("rotates to generation 2, the first that is generated, and refuses what people made within a second of its retirement", async () => {
      await move("rotate", names);
      const now = await system.hold(stage);
      await assertTried(byHand, "accepted");
      await assertTried(now, "accepted");
      await traffic.renew();
      const watch = watchRetirement(system, stage, byHand, retiring);
      try {
        await move("retire", retiring);
        for (const { ok, evidence } of await watch.ended()) assert.ok(ok, evidence);
      } finally {
        await watch.stop();
      }
      await assertTried(byHand, "refused", retiring);
      await assertTried(now, "accepted");
      await running.opens?.(session.clouds);
      assertNoneFailed();
      const settings = await readFile(settingsFile(session), "utf8");
      const [, external = ""] =
        /\n {2}rekey:external:\n([\s\S]*?)(\n {2}\S|$)/.exec(settings) ?? [];
      for (const name of retiring) assert.doesNotMatch(external, new RegExp(`^ +${name}:`, "m"));
    });

    it("leaves the values that people made in nothing that was written", async () => {
      const chosen = new Map(names.map((name) => [name, held(byHand, name)]));
      assert.deepEqual(await searchLeaks(session, declared, [chosen], {}), []);
    });
  });
}

/** What ran before rekey came: a database whose one user owns everything, an env file that people wrote, and two services. */
async function startByHand<C extends OnMachine>(
  machine: Machine,
  { database, jobs }: Running<C>,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const password = text();
  await asAdministrator(machine.postgres, database, async (client) => {
    await client.query(`CREATE ROLE ${database} LOGIN PASSWORD '${password}'`);
    await client.query(`ALTER DATABASE ${database} OWNER TO ${database}`);
    await client.query(`ALTER SCHEMA public OWNER TO ${database}`);
  });
  const { host, port } = machine.postgres;
  const all = {
    POSTGRES_SERVER: `${host}:${port}`,
    POSTGRES_DB: database,
    POSTGRES_OWNER_ROLE: database,
    POSTGRES_USER: database,
    POSTGRES_PASSWORD: password,
    ...variables,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(machine.envFile, lines.join(""), { mode: 0o600 });
  assert.deepEqual(await readEnvFile(machine.envFile), all);
  const { composeFile, envFile } = machine;
  const { code, err } = await runOverSsh(
    { ...sshTo(machine) },
    `docker compose --env-file ${envFile} -f ${composeFile} up -d --no-deps --wait ${SERVICES.join(" ")}`,
  );
  assert.equal(code, 0, err);
  for (const job of jobs) assert.equal((await runJob(machine, job)).code, 0, job);
}

function sshTo({ host }: Machine) {
  const { address, port, user, hostKey } = host;
  return { host: address, port, user, hostKey, privateKey: host.privateKey.reveal() };
}

/** What the system's page tells the database's administrator to do with tables that are there already. */
async function handOver({ postgres }: Machine, database: string): Promise<void> {
  await asAdministrator(postgres, database, (client) =>
    client.query(
      `BEGIN; GRANT ${database}_owner TO ${database}; REASSIGN OWNED BY ${database} TO ${database}_owner; COMMIT`,
    ),
  );
}
