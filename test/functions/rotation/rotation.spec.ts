import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Client } from "pg";
import { rotationCode } from "../../../functions/rotation/bundle";
import { type Aws, startAws } from "../../../rehearsal/clouds/aws";
import { type Postgres, startPostgres } from "../../../rehearsal/clouds/postgres";
import { FULL } from "../../support/random";
import { runRotation } from "../../support/rotation-child";

describe("functions/rotation, on the emulator and a real PostgreSQL, killed everywhere", function () {
  this.timeout((FULL ? 90 : 10) * 60_000);
  let dir: string;
  let aws: Aws;
  let postgres: Postgres;
  let client: SecretsManagerClient;
  const passwords: string[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-rotation-"));
    await writeFile(join(dir, "index.js"), rotationCode());
    [aws, postgres] = await Promise.all([
      startAws({ dir: join(dir, "aws") }),
      startPostgres({ dir: join(dir, "postgres"), log: true }),
    ]);
    const { url, region, accessKeyId, secretAccessKey } = aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    client = new SecretsManagerClient({ endpoint: url, region, credentials });
    const { adminUser, adminPassword } = postgres;
    await secret("admin", { username: adminUser, password: adminPassword });
    await query(adminUser, adminPassword, "CREATE ROLE app_owner NOLOGIN");
    await query(
      adminUser,
      adminPassword,
      "CREATE ROLE app_a LOGIN PASSWORD 'first' IN ROLE app_owner",
    );
  });
  after(async () => {
    await aws.stop();
    await postgres.remove();
    await rm(dir, { recursive: true, force: true });
  });

  async function secret(name: string, value: unknown): Promise<void> {
    const SecretString = typeof value === "string" ? value : JSON.stringify(value);
    await client.send(new CreateSecretCommand({ Name: name, SecretString }));
  }

  async function query(user: string, password: string, text: string): Promise<void> {
    const { host, port } = postgres;
    const one = new Client({ host, port, user, password, database: "postgres" });
    await one.connect();
    try {
      await one.query(text);
    } finally {
      await one.end();
    }
  }

  const current = async (name: string) =>
    (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? "";

  /** What the service does at the begin of a rotation. */
  async function begin(name: string): Promise<string> {
    const token = randomUUID();
    const RotationLambdaARN = `arn:aws:lambda:${aws.region}:${aws.accountId}:function:rotate`;
    const ClientRequestToken = token;
    await client.send(
      new RotateSecretCommand({ SecretId: name, ClientRequestToken, RotationLambdaARN }),
    );
    return token;
  }

  function run(kind: string, name: string, token: string, crashAt?: number) {
    const { host, port } = postgres;
    const database = { host, port, database: "postgres", user: "app", group: "app_owner" };
    const variables = {
      REKEY_ROTATION_KIND: kind,
      REKEY_ADMIN_SECRET: "admin",
      REKEY_DATABASE: JSON.stringify({ ...database, tls: false }),
    };
    const [bundle, secretId, version] = [join(dir, "index.js"), name, token];
    return runRotation({ aws, bundle, secretId, version, variables, crashAt });
  }

  /** One rotation that is killed at that point and entered again from the first step. Returns false where the point was beyond its end. */
  async function crashed(kind: string, name: string, at: number, works: () => Promise<void>) {
    const before = await current(name);
    const token = await begin(name);
    const first = await run(kind, name, token, at);
    await works();
    const second = await run(kind, name, token);
    assert.equal(second.code, 0, `killed at ${at}: ${second.err}`);
    await works();
    assert.notEqual(await current(name), before);
    const { VersionIdsToStages = {}, Tags = [] } = await client.send(
      new DescribeSecretCommand({ SecretId: name }),
    );
    const labels = VersionIdsToStages[token] ?? [];
    const generation = Tags.find(({ Key }) => Key === "rekey-generation")?.Value;
    assert.deepEqual([...labels].sort(), ["AWSCURRENT", `rekey-g${generation}`]);
    const ours = Object.values(VersionIdsToStages).flat();
    assert.ok(ours.filter((label) => label.startsWith("rekey-g")).length <= 2, ours.join(" "));
    assert.equal(ours.filter((label) => label === "rekey-declared").length, 1);
    return first.signal === "SIGKILL";
  }

  async function everywhere(kind: string, name: string, works: () => Promise<void>) {
    const whole = await run(kind, name, await begin(name));
    assert.equal(whole.code, 0, whole.err);
    // A sample of the points, and all of them in the matrix; the first point beyond the end kills nothing.
    const stride = FULL ? 1 : Math.ceil(whole.sent / 8);
    let at = 1;
    while (await crashed(kind, name, at, works)) at += stride;
    assert.ok(at > whole.sent / 2, `no point beyond ${at} was reached`);
  }

  it("rotates a token, whatever it is killed at, and labels each generation", async () => {
    await secret("example/token", "first");
    await everywhere("token", "example/token", async () => {
      assert.match(await current("example/token"), /^(first|\w{43})$/);
    });
  });

  it("rotates users that take turns: the one in use logs in at every moment", async () => {
    await secret("example/database", { username: "app_a", password: "first" });
    await everywhere("postgres", "example/database", async () => {
      const login = JSON.parse(await current("example/database")) as Record<string, string>;
      passwords.push(login["password"] ?? "");
      await query(login["username"] ?? "", login["password"] ?? "", "SELECT 1");
    });
  });

  it("keeps passwords out of the server's log, which has every statement", async () => {
    const log = await readFile(postgres.logFile, "utf8");
    assert.match(log, /ALTER ROLE "app_b" LOGIN PASSWORD 'SCRAM-SHA-256/);
    for (const password of passwords.filter((one) => one !== "first"))
      assert.ok(!log.includes(password));
  });

  it("refuses a token that no rotation has, and changes nothing", async () => {
    const before = await current("example/database");
    const { code, err } = await run("postgres", "example/database", randomUUID());
    assert.equal(code, 1);
    assert.match(err, /is not being rotated\. Begin a rotation with/);
    assert.equal(await current("example/database"), before);
  });
});
