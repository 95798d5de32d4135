import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cloudrunv2 from "@pulumi/gcp/cloudrunv2";
import * as secretmanager from "@pulumi/gcp/secretmanager";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as sql from "@pulumi/gcp/sql";
import * as pulumi from "@pulumi/pulumi";
import { Client } from "pg";
import { SecretText } from "../../../components/secret-text";
import type { GoogleClient } from "../../../operator/google";
import { runRoutes } from "../../../rehearsal/clouds/google/run";
import type { FakeGoogle } from "../../../rehearsal/clouds/google/server";
import { type Postgres, startPostgres } from "../../../rehearsal/clouds/postgres";
import { PROJECT, startFake, TOKEN } from "../clouds/google/fixture";
import { TestProject } from "./project";

const REGION = "europe-west1";
const INSTANCE = "main";
const IMAGE = "images.example.com/example/app:1.0.0";

describe("rehearsal/providers gcp, on the real engine and the fake cloud", function () {
  this.timeout(180_000);
  let dir: string;
  let postgres: Postgres;
  let fake: FakeGoogle;
  let google: GoogleClient;
  let stopFake: () => Promise<void>;
  let project: TestProject;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-providers-gcp-"));
    postgres = await startPostgres({ dir: join(dir, "postgres") });
    await asAdmin((client) => client.query("CREATE ROLE app_owner NOLOGIN"));
    const script = `const http = require("node:http");
      const server = http.createServer((_, response) => response.end(process.env.PASSWORD));
      server.listen(Number(process.env.PORT), "127.0.0.1");
      process.on("SIGTERM", () => process.exit(0));`;
    const images = {
      [IMAGE]: { command: [process.execPath, "-e", script] as [string, ...string[]] },
    };
    const started = await startFake({
      postgres: { ...postgres, instance: INSTANCE },
      services: [(ctx) => runRoutes(ctx, { images, overlapSeconds: 0, instancesPerRevision: 1 })],
    });
    ({ fake, client: google, stop: stopFake } = started);
    project = await TestProject.create();
    const { provider } = fake.endpoints();
    await project.configure(
      {
        "gcp:project": PROJECT,
        "gcp:region": REGION,
        "gcp:secretManagerCustomEndpoint": provider.secretManagerCustomEndpoint,
        "gcp:sqlCustomEndpoint": provider.sqlCustomEndpoint,
        "gcp:cloudRunV2CustomEndpoint": provider.cloudRunV2CustomEndpoint,
        "gcp:iamCustomEndpoint": provider.iamCustomEndpoint,
      },
      { "gcp:accessToken": TOKEN },
    );
  });

  after(async () => {
    await stopFake();
    await postgres.remove();
    await project.remove();
    await rm(dir, { recursive: true, force: true });
  });

  async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { host, port, adminUser, adminPassword } = postgres;
    return asUser(work, { host, port, user: adminUser, password: adminPassword });
  }

  async function asUser<T>(
    work: (client: Client) => Promise<T>,
    options: { host: string; port: number; user: string; password: string },
  ): Promise<T> {
    const client = new Client({ ...options, database: "postgres" });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  const roleOf = (user: string, password: string) =>
    asUser(
      async (client) => {
        const { rows } = await client.query<{ role: string }>(
          `SELECT g.rolname AS role FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
           JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = current_user`,
        );
        return rows.map(({ role }) => role);
      },
      { host: postgres.host, port: postgres.port, user, password },
    );

  interface Wanted {
    password: string;
    enabled?: boolean;
    labels?: Record<string, string>;
    image?: string;
    protect?: boolean;
    token?: string;
    extra?: () => void;
  }

  /** One of everything that the stacks use. */
  const program =
    ({ password, enabled = true, labels, image = IMAGE, protect = false, token, extra }: Wanted) =>
    () => {
      const value = pulumi.secret(password);
      const account = new serviceaccount.Account("account", { accountId: "example-api" });
      const secret = new secretmanager.Secret("secret", {
        secretId: "example-password",
        replication: { auto: {} },
        ...(labels ? { labels } : {}),
      });
      const version = new secretmanager.SecretVersion("version", {
        secret: secret.id,
        secretData: value,
        deletionPolicy: "DISABLE",
        enabled,
      });
      const reader = new secretmanager.SecretIamMember("reader", {
        secretId: secret.id,
        role: "roles/secretmanager.secretAccessor",
        member: account.member,
      });
      const user = new sql.User("user", {
        name: "app_a",
        instance: INSTANCE,
        password: value,
        databaseRoles: ["app_owner"],
      });
      const envs = [
        { name: "PLAIN", value: "plain" },
        {
          name: "PASSWORD",
          valueSource: { secretKeyRef: { secret: secret.secretId, version: version.version } },
        },
      ];
      const service = new cloudrunv2.Service(
        "service",
        {
          name: "example-api",
          location: REGION,
          ingress: "INGRESS_TRAFFIC_ALL",
          deletionProtection: protect,
          template: {
            serviceAccount: account.email,
            annotations: { "rekey.example.com/generation": "1" },
            scaling: { minInstanceCount: 1, maxInstanceCount: 1 },
            containers: [
              {
                image,
                envs,
                startupProbe: { httpGet: { path: "/readyz" }, periodSeconds: 1 },
              },
            ],
          },
        },
        { dependsOn: [reader, user] },
      );
      new cloudrunv2.ServiceIamMember("caller", {
        name: service.name,
        location: REGION,
        role: "roles/run.invoker",
        member: "allUsers",
      });
      if (token !== undefined) {
        new cloudrunv2.Job("job", {
          name: "example-seed",
          location: REGION,
          deletionProtection: false,
          runExecutionToken: token,
          template: {
            template: {
              maxRetries: 0,
              containers: [{ image: "images.example.com/example/none:1.0.0" }],
            },
          },
        });
      }
      extra?.();
      return Promise.resolve({ version: version.version, uri: service.uri });
    };

  const first = "First-Value-0123456789";
  const second = "Second-Value-0123456789";

  it("creates everything; then neither an update nor a refresh finds anything to do", async () => {
    const plan = await project.preview(program({ password: first }));
    assert.equal(plan.steps.length, 7);
    await project.up(program({ password: first }));
    assert.deepStrictEqual((await project.up(program({ password: first }))).steps, []);
    const refreshed = await project.refresh();
    assert.deepStrictEqual(refreshed.differences, []);
    assert.deepStrictEqual((await project.up(program({ password: first }))).steps, []);
    assert.deepStrictEqual(await roleOf("app_a", first), ["app_owner"]);
  });

  it("gives resources the official ids and keeps values out of the state", async () => {
    const ids = ["secret", "version", "reader", "user", "service", "caller", "account"];
    const found = await Promise.all(ids.map(async (name) => (await project.resource(name)).id));
    const at = `projects/${PROJECT}`;
    const email = `example-api@${PROJECT}.iam.gserviceaccount.com`;
    assert.deepStrictEqual(found, [
      `${at}/secrets/example-password`,
      "projects/123456789012/secrets/example-password/versions/1",
      `${at}/secrets/example-password/roles/secretmanager.secretAccessor/serviceAccount:${email}`,
      `app_a//${INSTANCE}`,
      `${at}/locations/${REGION}/services/example-api`,
      `${at}/locations/${REGION}/services/example-api/roles/run.invoker/allUsers`,
      `${at}/serviceAccounts/${email}`,
    ]);
    const state = await project.state();
    assert.ok(!state.includes(first) && !state.includes(TOKEN));
  });

  it("serves the value to the service's process", async () => {
    const { uri } = await project.outputs();
    const response = await fetch(String(uri?.value));
    assert.equal(await response.text(), first);
  });

  it("changes password and service in place, and replaces the version, disabling the old one", async () => {
    const wanted = program({ password: second, labels: { team: "example" } });
    const plan = await project.preview(wanted);
    assert.deepStrictEqual(plan.differences.sort(), [
      "secret labels add",
      "service template.containers[0].envs[1].valueSource.secretKeyRef.version update",
      "user password update",
      "version secretData update-replace",
    ]);
    const before = fake.writes.count();
    await project.up(wanted);
    assert.ok(fake.writes.count() > before);
    assert.deepStrictEqual(await roleOf("app_a", second), ["app_owner"]);
    await assert.rejects(roleOf("app_a", first), /password authentication failed/);
    const name = `projects/${PROJECT}/secrets/example-password`;
    const versions = await google.secretManager.listVersions(name);
    assert.deepStrictEqual(
      versions.map(({ state }) => state),
      ["ENABLED", "DISABLED"],
    );
    assert.equal(
      (await google.secretManager.getSecret(name)).labels?.["goog-pulumi-provisioned"],
      "true",
    );
    const { uri } = await project.outputs();
    assert.equal(await (await fetch(String(uri?.value))).text(), second);
  });

  it("finds drift by a refresh and repairs it", async () => {
    const name = `projects/${PROJECT}/secrets/example-password`;
    await google.secretManager.addVersion(name, new SecretText("made by hand"));
    await google.secretManager.modifyIamPolicy(name, (policy) => ({ ...policy, bindings: [] }));
    await google.sql.deleteUser({ project: PROJECT, instance: INSTANCE }, "app_a");
    await project.refresh();
    const wanted = program({ password: second, labels: { team: "example" } });
    const repaired = await project.up(wanted);
    assert.deepStrictEqual(repaired.steps, [
      "create gcp:secretmanager/secretIamMember:SecretIamMember reader",
      "create gcp:sql/user:User user",
    ]);
    assert.deepStrictEqual(await roleOf("app_a", second), ["app_owner"]);
  });

  it("records a service whose new revision fails, keeps the old one serving, and mends it by the next update", async () => {
    const labels = { team: "example" };
    const broken = program({ password: second, labels, image: "images.example.com/none:1" });
    await assert.rejects(project.up(broken), /services.patch|not found|not ready/i);
    const { uri } = await project.outputs();
    assert.equal(await (await fetch(String(uri?.value))).text(), second);
    const mended = await project.up(program({ password: second, labels }));
    assert.deepStrictEqual(mended.steps, ["update gcp:cloudrunv2/service:Service service"]);
  });

  it("fails when a job's execution fails, and says so", async () => {
    const labels = { team: "example" };
    const wanted = program({ password: second, labels, token: "g1" });
    await assert.rejects(project.up(wanted), /jobs.create/);
    await project.up(program({ password: second, labels }));
  });

  it("imports what exists without changing a value", async () => {
    const name = `projects/${PROJECT}/secrets/adopted`;
    await google.secretManager.createSecret(PROJECT, "adopted", { replication: { automatic: {} } });
    await google.secretManager.addVersion(name, new SecretText("adopted value"));
    const at = { project: PROJECT, instance: INSTANCE };
    const password = new SecretText("adopted password");
    await google.sql.insertUser(at, { name: "old_app", password, databaseRoles: ["app_owner"] });
    const wanted = program({
      password: second,
      labels: { team: "example" },
      extra: () => {
        new secretmanager.Secret(
          "adopted-secret",
          { secretId: "adopted", replication: { auto: {} } },
          { import: name },
        );
        new secretmanager.SecretVersion(
          "adopted-version",
          { secret: name, secretData: pulumi.secret("adopted value") },
          { import: `${name}/versions/1` },
        );
        new sql.User(
          "adopted-user",
          { name: "old_app", instance: INSTANCE, password: pulumi.secret("adopted password") },
          { import: `${PROJECT}/${INSTANCE}/old_app`, ignoreChanges: ["password"] },
        );
      },
    });
    const writes = fake.writes.count();
    const told = await project.up(wanted);
    assert.deepStrictEqual(told.steps, [
      "import gcp:secretmanager/secret:Secret adopted-secret",
      "import gcp:secretmanager/secretVersion:SecretVersion adopted-version",
      "import gcp:sql/user:User adopted-user",
    ]);
    assert.equal(fake.writes.count(), writes);
    assert.ok(!(await project.state()).includes("adopted value"));
    assert.deepStrictEqual((await project.up(wanted)).steps, []);
  });

  it("refuses to delete what is protected, and destroys the rest", async () => {
    const wanted = program({ password: second, protect: true });
    await project.up(wanted);
    await assert.rejects(project.destroy(), /deletionProtection is true/);
    await project.up(program({ password: second }));
    await project.destroy();
    assert.deepStrictEqual(await google.secretManager.listSecrets(PROJECT), []);
  });

  it("refuses unknown inputs, settings and endpoints that are not on this machine", async () => {
    const token = "gcp:sql/user:User";
    const typo = () => {
      class Untyped extends pulumi.CustomResource {}
      new Untyped(token, "user", { name: "app_b", instance: INSTANCE, pasword: "x" });
      return Promise.resolve();
    };
    await assert.rejects(project.preview(typo), /unknown input "pasword" of gcp:sql\/user:User/);
    const account = () => {
      new serviceaccount.Account("account", { accountId: "example-api" });
      return Promise.resolve();
    };
    await project.configure({
      "gcp:project": PROJECT,
      "gcp:secretManagerCustomEndpoint": "https://secretmanager.googleapis.com/v1/",
    });
    await assert.rejects(
      project.preview(account),
      /secretManagerCustomEndpoint.*must be an address on this machine/s,
    );
  });
});
