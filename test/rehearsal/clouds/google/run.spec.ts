import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { SecretText } from "../../../../components/secret-text";
import { bearer, requests } from "../../../../rehearsal/systems/capanel/load";
import { startTraffic } from "../../../../rehearsal/traffic";
import { startCapanelDatabase } from "../../capanel-database";
import { ACCOUNT, API_IMAGE, env, LOCATION, startRun, WEB_IMAGE } from "./run-fixture";

const secret = () => randomBytes(32).toString("base64url");
const SERVICES = `/v2/${LOCATION}/services`;
const JOBS = `/v2/${LOCATION}/jobs`;

describe("rehearsal/clouds/google/run", function () {
  // A busy machine takes seconds to start a process.
  this.timeout(60_000);
  let run: Awaited<ReturnType<typeof startRun>>;
  let database: Awaited<ReturnType<typeof startCapanelDatabase>>;
  let passwords: { capanel_a: string; capanel_b: string };
  const admin = { username: "admin@example.com", password: secret() };

  before(async () => {
    run = await startRun();
    database = await startCapanelDatabase();
    passwords = {
      capanel_a: await database.addUser("capanel_a"),
      capanel_b: await database.addUser("capanel_b"),
    };
    await run.addSecret("capanel-postgres-password", passwords.capanel_a);
    await run.addSecret("capanel-postgres-password", passwords.capanel_b);
    await run.addSecret("capanel-secret-key", secret());
    await run.addSecret("capanel-first-superuser-password", admin.password);
    await run.addSecret("capanel-strapi-api-key", secret());
    await run.addSecret("capanel-hidden", secret(), false);
  });

  after(async () => {
    // Either may be missing when a start failed, and what did start must end.
    await (run as typeof run | undefined)?.google.stop();
    await (database as typeof database | undefined)?.stop();
  });

  const container = (version: string, more: object = {}) => ({
    image: API_IMAGE,
    env: env(
      { ...database.env, POSTGRES_USER: version === "1" ? "capanel_a" : "capanel_b" },
      {
        POSTGRES_PASSWORD: ["capanel-postgres-password", version],
        SECRET_KEY: ["capanel-secret-key", "latest"],
      },
    ),
    startupProbe: { httpGet: { path: "/readyz" }, periodSeconds: 1, failureThreshold: 20 },
    ...more,
  });
  const template = (version: string, more: object = {}) => ({
    serviceAccount: ACCOUNT,
    scaling: { minInstanceCount: 1, maxInstanceCount: 2 },
    annotations: { generation: version },
    containers: [container(version, more)],
  });
  const job = (more: object = {}) => ({
    template: {
      template: {
        serviceAccount: ACCOUNT,
        maxRetries: 0,
        containers: [
          {
            image: API_IMAGE,
            env: env(
              { ...database.env, APP_MODE: "seed-admin", POSTGRES_USER: "capanel_a" },
              {
                POSTGRES_PASSWORD: ["capanel-postgres-password", "1"],
                SECRET_KEY: ["capanel-secret-key", "1"],
                FIRST_SUPERUSER_PASSWORD: ["capanel-first-superuser-password", "1"],
              },
            ),
          },
        ],
      },
    },
    ...more,
  });
  const who = async (uri: string) =>
    ((await (await fetch(`${uri}/readyz`)).json()) as { user: string }).user;

  it("brings up a service on real processes and answers what clients read", async () => {
    const operation = await run.done("POST", `${SERVICES}?serviceId=api`, {
      template: template("1"),
    });
    assert.equal(operation.error, undefined);
    const service = await run.ok("GET", `${SERVICES}/api`);
    assert.equal(service.name, `${LOCATION}/services/api`);
    assert.match(service.latestReadyRevision, /services\/api\/revisions\/api-00001-[a-z0-9]{3}$/);
    assert.equal(service.latestCreatedRevision, service.latestReadyRevision);
    assert.equal(service.terminalCondition.type, "Ready");
    assert.equal(service.terminalCondition.state, "CONDITION_SUCCEEDED");
    assert.equal(service.observedGeneration, service.generation);
    assert.equal(service.reconciling, undefined);
    assert.deepEqual(service.urls, [service.uri]);
    assert.equal((await fetch(`${service.uri}/readyz`)).status, 403);
    await run.openToAll("api");
    assert.equal(await who(service.uri), "capanel_a");
    const { revisions } = await run.ok("GET", `${SERVICES}/api/revisions`);
    assert.equal(revisions.length, 1);
    assert.equal(
      (await run.call("POST", `${SERVICES}?serviceId=api`, { template: template("1") })).status,
      409,
    );
  });

  it("runs a job for its token once, and its failure fails the change", async () => {
    const created = await run.done("POST", `${JOBS}?jobId=seed`, job({ runExecutionToken: "g1" }));
    assert.equal(created.error, undefined);
    const status = async () => (await run.ok("GET", `${JOBS}/seed`)).latestCreatedExecution;
    assert.equal((await status()).completionStatus, "EXECUTION_SUCCEEDED");
    assert.match((await status()).name, /jobs\/seed\/executions\/seed-g1$/);

    run.google.writes.reset();
    const again = await run.done("PATCH", `${JOBS}/seed`, job({ runExecutionToken: "g1" }));
    assert.equal(again.error, undefined);
    assert.equal(run.google.writes.count(), 0);

    const broken = job({ runExecutionToken: "g2" });
    Object.assign(broken.template.template.containers[0]?.env[0] ?? {}, { value: "127.0.0.1:1" });
    const failed = await run.done("PATCH", `${JOBS}/seed`, broken);
    assert.deepEqual(failed.error, {
      code: 9,
      message: "Task seed-g2-task0 failed with message: The container exited with an error.",
    });
    assert.equal((await status()).completionStatus, "EXECUTION_FAILED");
    const { terminalCondition } = await run.ok("GET", `${JOBS}/seed`);
    assert.equal(terminalCondition.state, "CONDITION_FAILED");

    const mended = await run.done("PATCH", `${JOBS}/seed`, job({ runExecutionToken: "g3" }));
    assert.equal(mended.error, undefined);
    const ran = await run.done("POST", `${JOBS}/seed:run`, {});
    assert.equal(ran.response.succeededCount, 1);
    const { executions } = await run.ok("GET", `${JOBS}/seed/executions`);
    assert.equal(executions.length, 4);
  });

  it("loses no request at 50 a second while a new revision takes over", async () => {
    const web = await run.done("POST", `${SERVICES}?serviceId=web`, {
      invokerIamDisabled: true,
      template: {
        serviceAccount: ACCOUNT,
        containers: [
          {
            image: WEB_IMAGE,
            env: env({}, { VITE_STRAPI_API_KEY: ["capanel-strapi-api-key", "1"] }),
          },
        ],
      },
    });
    const { uri } = await run.ok("GET", `${SERVICES}/api`);
    const traffic = await startTraffic({
      requests: requests(uri, web.response.uri),
      rate: 50,
      logIn: () => bearer(uri, admin.username, new SecretText(admin.password)),
    });
    const operation = await run.done("PATCH", `${SERVICES}/api?updateMask=template`, {
      template: template("2"),
    });
    await traffic.renew();
    const report = await traffic.stop();
    assert.equal(operation.error, undefined);
    assert.equal((await run.ok("GET", `${SERVICES}/api`)).uri, uri);
    assert.equal(await who(uri), "capanel_b");
    assert.deepEqual(report.failures, []);
    assert.equal(report.failed, 0);
    assert.ok(report.sent > 25, `only ${report.sent} were sent`);
    const { revisions } = await run.ok("GET", `${SERVICES}/api/revisions`);
    assert.equal(revisions.length, 2);
  });

  it("makes no revision for a change outside the template, and nothing at all for no change", async () => {
    const before = await run.ok("GET", `${SERVICES}/api`);
    run.google.writes.reset();
    await run.done("PATCH", `${SERVICES}/api?updateMask=labels`, { labels: { team: "a" } });
    const after = await run.ok("GET", `${SERVICES}/api`);
    assert.equal(after.latestCreatedRevision, before.latestCreatedRevision);
    assert.notEqual(after.etag, before.etag);
    assert.deepEqual(after.labels, { team: "a" });
    await run.done("PATCH", `${SERVICES}/api`, after);
    assert.deepEqual(run.google.writes.byKind(), { "service.patch": 1 });
    const stale = await run.call("PATCH", `${SERVICES}/api`, { ...after, etag: before.etag });
    assert.equal(stale.status, 409);
    assert.equal(stale.body.error?.status, "ABORTED");
  });

  describe("a revision that cannot come up", () => {
    const refused = async (change: object) => {
      const { uri } = await run.ok("GET", `${SERVICES}/api`);
      const before = (await run.ok("GET", `${SERVICES}/api`)).latestReadyRevision;
      const { error } = await run.done("PATCH", `${SERVICES}/api?updateMask=template`, {
        template: { ...template("2"), ...change },
      });
      assert.ok(error);
      const service = await run.ok("GET", `${SERVICES}/api`);
      assert.equal(service.latestReadyRevision, before);
      assert.notEqual(service.latestCreatedRevision, before);
      assert.equal(service.terminalCondition.state, "CONDITION_FAILED");
      assert.equal(service.terminalCondition.message, error.message);
      assert.equal(await who(uri), "capanel_b");
      assert.equal(error.code, 9);
      assert.match(
        error.message,
        /^Revision 'api-000\d\d-...' is not ready and cannot serve traffic\. /,
      );
      return error.message;
    };
    const withSecret = (name: string, version: string) => ({
      containers: [
        {
          ...container("2"),
          env: [...container("2").env, ...env({}, { EXTRA: [name, version] })],
        },
      ],
    });

    it("keeps traffic where it was: a secret that its account may not read", async () => {
      assert.match(
        await refused(withSecret("capanel-hidden", "1")),
        /env\[7\]\.value_from\.secret_key_ref\.name: Permission denied on secret: projects\/\d+\/secrets\/capanel-hidden\/versions\/1 for Revision service account capanel-api@/,
      );
    });

    it("… a disabled version", async () => {
      const version = "/v1/projects/example-project/secrets/capanel-postgres-password/versions/1";
      await run.ok("POST", `${version}:disable`, {});
      assert.match(
        await refused({ containers: [container("1")] }),
        /versions\/1\] is in DISABLED state/,
      );
      await run.ok("POST", `${version}:enable`, {});
    });

    it("… an image that does not exist", async () => {
      const message = await refused({ containers: [container("2", { image: "example.com/x:1" })] });
      assert.match(message, /Image 'example\.com\/x:1' not found\.$/);
    });

    it("… a probe that never passes, with no process left behind", async () => {
      const message = await refused({
        containers: [
          container("2", {
            startupProbe: { httpGet: { path: "/nowhere" }, periodSeconds: 1, failureThreshold: 1 },
          }),
        ],
      });
      assert.match(message, /failed the configured startup probe checks/);
      const sessions = await database.query(
        "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE usename = 'capanel_b'",
      );
      assert.equal(sessions.length, 1);
    });

    it("and the same template comes up once its cause is mended", async () => {
      const hidden = withSecret("capanel-hidden", "1");
      await refused(hidden);
      await run.grant(
        "projects/example-project/secrets/capanel-hidden",
        "roles/secretmanager.secretAccessor",
        `serviceAccount:${ACCOUNT}`,
      );
      const mended = await run.done("PATCH", `${SERVICES}/api?updateMask=template`, {
        template: { ...template("2"), ...hidden },
      });
      assert.equal(mended.error, undefined);
    });
  });

  it("refuses what the real service refuses before it changes anything", async () => {
    const cases: [object, number, RegExp][] = [
      [
        { template: template("2"), tempalte: {} },
        400,
        /Unknown name "tempalte": Cannot find field/,
      ],
      [
        { template: template("2", { envs: [] }) },
        400,
        /Unknown name "envs" at 'template\.containers\[0\]'/,
      ],
      [
        { template: template("2", { env: [{ name: "PORT", value: "1" }] }) },
        400,
        /reserved env names were provided: PORT/,
      ],
      [
        { template: template("2", { env: [{ name: "A" }, { name: "A" }] }) },
        400,
        /duplicate name 'A'/,
      ],
      [{ template: { ...template("2"), serviceAccount: "x@example.com" } }, 403, /actAs/],
    ];
    run.google.writes.reset();
    for (const [body, status, message] of cases) {
      const answer = await run.call("PATCH", `${SERVICES}/api`, body);
      assert.equal(answer.status, status);
      assert.match(answer.body.error?.message ?? "", message);
    }
    assert.equal((await run.call("GET", `${SERVICES}/none`)).status, 404);
    assert.equal(
      (await run.call("GET", "/v2/projects/example-project/locations/x/services")).status,
      403,
    );
    const dry = await run.done("PATCH", `${SERVICES}/api?validateOnly=true`, {
      template: template("1"),
    });
    assert.equal(dry.error, undefined);
    assert.equal(run.google.writes.count(), 0);
  });

  describe("at the end", () => {
    it("deletes a service with its processes", async () => {
      const { uri } = await run.ok("GET", `${SERVICES}/api`);
      const deleted = await run.done("DELETE", `${SERVICES}/api`);
      assert.equal(deleted.error, undefined);
      assert.equal((await run.call("GET", `${SERVICES}/api`)).status, 404);
      await assert.rejects(fetch(`${uri}/readyz`));
      const left = await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE usename LIKE 'capanel_%'",
      );
      assert.deepEqual(left, []);
    });
  });
});
