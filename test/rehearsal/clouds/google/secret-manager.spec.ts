/* eslint-disable @typescript-eslint/no-unsafe-member-access -- answers are read field by field */
import assert from "node:assert/strict";

import { SecretText } from "../../../../components/secret-text";
import { crc32c } from "../../../../rehearsal/clouds/google/crc32c";
import { assertError, NUMBER, PROJECT, startFake } from "./fixture";

const SECRETS = `/v1/projects/${PROJECT}/secrets`;
const AUTOMATIC = { replication: { automatic: {} } };
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("fake Google Cloud: Secret Manager", () => {
  let google: Awaited<ReturnType<typeof startFake>>;
  let count = 0;
  let id: string;
  before(async () => {
    google = await startFake();
  });
  beforeEach(async () => {
    id = `secret-${++count}`;
    await google.call("POST", `${SECRETS}?secretId=${id}`, AUTOMATIC);
    google.fake.writes.reset();
  });
  after(() => google.stop());

  const add = (text: string) =>
    google.call("POST", `${SECRETS}/${id}:addVersion`, { payload: { data: base64(text) } });

  it("names resources by the project's number and takes both forms", async () => {
    const byId = await google.call("GET", `${SECRETS}/${id}`);
    const byNumber = await google.call("GET", `/v1/projects/${NUMBER}/secrets/${id}`);
    assert.equal(byId.body.name, `projects/${NUMBER}/secrets/${id}`);
    assert.deepStrictEqual(byNumber, byId);
    const foreign = await google.call("GET", `/v1/projects/other-project/secrets/${id}`);
    assertError(foreign, 403, "PERMISSION_DENIED", /project other-project/);
  });

  it("refuses what the real service refuses at creation", async () => {
    const create = (secretId: string, body: unknown) =>
      google.call("POST", `${SECRETS}?secretId=${secretId}`, body);
    assertError(await create(id, AUTOMATIC), 409, "ALREADY_EXISTS", /already exists/);
    assertError(await create("a/b", AUTOMATIC), 400, "INVALID_ARGUMENT", /secret_id/);
    assertError(await create("new", {}), 400, "INVALID_ARGUMENT", /replication is required/);
    const label = { ...AUTOMATIC, labels: { Team: "x" } };
    assertError(await create("new", label), 400, "INVALID_ARGUMENT", /Label key 'Team'/);
    const key = {
      replication: {
        userManaged: {
          replicas: [
            {
              location: "europe-west1",
              customerManagedEncryption: {
                kmsKeyName: "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k",
              },
            },
          ],
        },
      },
    };
    assertError(await create("new", key), 400, "INVALID_ARGUMENT", /location 'europe-west1'/);
    const unknown = await create("new", { ...AUTOMATIC, replicationPolicy: "x" });
    assertError(unknown, 400, "INVALID_ARGUMENT", /Unknown name "replicationPolicy"/);
    const nested = await create("new", { replication: { automatic: { x: 1 } } });
    assertError(nested, 400, "INVALID_ARGUMENT", /"x" at 'replication\.automatic': Cannot find/);
    const query = await google.call("POST", `${SECRETS}?secretID=new`, AUTOMATIC);
    assertError(query, 400, "INVALID_ARGUMENT", /Cannot bind query parameter/);
    assert.equal(google.fake.writes.count(), 0);
  });

  it("patches the masked fields only, under the etag when one is given", async () => {
    const path = `${SECRETS}/${id}`;
    assertError(await google.call("PATCH", path, {}), 400, "INVALID_ARGUMENT", /update_mask/);
    const { etag } = (await google.call("GET", path)).body as { etag: string };
    const first = await google.call("PATCH", `${path}?updateMask=labels`, {
      labels: { generation: "2" },
      annotations: { ignored: "yes" },
      etag,
    });
    assert.deepStrictEqual(first.body.labels, { generation: "2" });
    assert.equal(first.body.annotations, undefined);
    const stale = await google.call("PATCH", `${path}?updateMask=labels`, { labels: {}, etag });
    assertError(stale, 400, "FAILED_PRECONDITION", /etag/);
    const fixed = await google.call("PATCH", `${path}?updateMask=replication`, AUTOMATIC);
    assertError(fixed, 400, "INVALID_ARGUMENT", /'replication' cannot be updated/);
    assert.deepStrictEqual(google.fake.writes.byKind(), { "secret.patch": 1 });
  });

  it("numbers versions and keeps latest on the highest, whatever its state", async () => {
    assertError(
      await google.call("GET", `${SECRETS}/${id}/versions/latest:access`),
      404,
      "NOT_FOUND",
      /not found or has no versions/,
    );
    await add("first");
    const second = await add("second");
    assert.equal(second.body.name, `projects/${NUMBER}/secrets/${id}/versions/2`);
    assert.equal(second.body.state, "ENABLED");
    const latest = await google.call("GET", `${SECRETS}/${id}/versions/latest:access`);
    assert.equal(Buffer.from(latest.body.payload.data as string, "base64").toString(), "second");
    assert.equal(latest.body.payload.dataCrc32c, String(crc32c(Buffer.from("second"))));
    await google.call("POST", `${SECRETS}/${id}/versions/2:disable`, {});
    const refused = await google.call("GET", `${SECRETS}/${id}/versions/latest:access`);
    assertError(
      refused,
      400,
      "FAILED_PRECONDITION",
      /^Secret Version \[projects\/123456789012\/secrets\/secret-\d+\/versions\/2\] is in DISABLED state\.$/,
    );
    assert.deepStrictEqual(google.fake.writes.byKind(), {
      "secretVersion.add": 2,
      "secretVersion.disable": 1,
    });
  });

  it("destroys for good", async () => {
    await add("value");
    const destroyed = await google.call("POST", `${SECRETS}/${id}/versions/1:destroy`, {});
    assert.equal(destroyed.body.state, "DESTROYED");
    assert.ok(destroyed.body.destroyTime);
    for (const verb of ["enable", "disable", "destroy"]) {
      const again = await google.call("POST", `${SECRETS}/${id}/versions/1:${verb}`, {});
      assertError(again, 400, "FAILED_PRECONDITION", /is in DESTROYED state/);
    }
    const access = await google.call("GET", `${SECRETS}/${id}/versions/1:access`);
    assertError(access, 400, "FAILED_PRECONDITION", /is in DESTROYED state/);
  });

  it("guards a version's moves by its etag", async () => {
    const { etag } = (await add("value")).body as { etag: string };
    const disabled = await google.call("POST", `${SECRETS}/${id}/versions/1:disable`, { etag });
    assert.equal(disabled.status, 200);
    const stale = await google.call("POST", `${SECRETS}/${id}/versions/1:enable`, { etag });
    assertError(stale, 400, "FAILED_PRECONDITION", /etag/);
  });

  it("bounds payloads, checks their checksum and never quotes them", async () => {
    const send = (payload: unknown) =>
      google.call("POST", `${SECRETS}/${id}:addVersion`, { payload });
    const checked = { data: base64("value"), dataCrc32c: crc32c(Buffer.from("value")) };
    assert.equal((await send(checked)).body.clientSpecifiedPayloadChecksum, true);
    assertError(await send({ ...checked, dataCrc32c: "1" }), 400, "INVALID_ARGUMENT", /crc32c/);
    assertError(await send({ data: "" }), 400, "INVALID_ARGUMENT", /empty/);
    assert.equal((await send({ data: base64("x".repeat(65_536)) })).status, 200);
    const large = await send({ data: base64("x".repeat(65_537)) });
    assertError(large, 400, "INVALID_ARGUMENT", /65537 bytes, at most 65536/);
    for (const data of ["not*base64-canary", 12345678]) {
      const bad = await send({ data });
      assert.equal(bad.status, 400);
      assert.ok(!JSON.stringify(bad.body).includes("canary"));
      assert.ok(!JSON.stringify(bad.body).includes("12345678"));
    }
  });

  it("lists in pages, newest first, by state", async () => {
    for (const text of ["a", "b", "c"]) await add(text);
    await google.call("POST", `${SECRETS}/${id}/versions/2:disable`, {});
    const path = `${SECRETS}/${id}/versions`;
    const numbers = (body: { versions: { name: string }[] }) =>
      body.versions.map(({ name }) => name.split("/").at(-1));
    const first = await google.call("GET", `${path}?pageSize=2`);
    assert.deepStrictEqual(numbers(first.body as never), ["3", "2"]);
    assert.equal(first.body.totalSize, 3);
    const token = first.body.nextPageToken as string;
    const second = await google.call("GET", `${path}?pageSize=2&pageToken=${token}`);
    assert.deepStrictEqual(numbers(second.body as never), ["1"]);
    assert.equal(second.body.nextPageToken, undefined);
    const enabled = await google.call("GET", `${path}?filter=state:ENABLED`);
    assert.deepStrictEqual(numbers(enabled.body as never), ["3", "1"]);
    const unknown = await google.call("GET", `${path}?filter=colour:red`);
    assertError(unknown, 400, "INVALID_ARGUMENT", /colour:red/);
  });

  it("resolves aliases and applies a delayed destruction", async () => {
    await add("a");
    await add("b");
    const path = `${SECRETS}/${id}`;
    const mask = "updateMask=version_aliases,versionDestroyTtl";
    await google.call("PATCH", `${path}?${mask}`, {
      versionAliases: { current: 1 },
      versionDestroyTtl: "86400s",
    });
    const read = await google.call("GET", `${path}/versions/current:access`);
    assert.equal(read.body.name, `projects/${NUMBER}/secrets/${id}/versions/1`);
    const destroyed = await google.call("POST", `${path}/versions/1:destroy`, {});
    assert.equal(destroyed.body.state, "DISABLED");
    assert.ok(destroyed.body.scheduledDestroyTime);
  });

  it("loses no concurrent change of a policy: a stale etag is 409 ABORTED", async () => {
    const path = `${SECRETS}/${id}`;
    const read = await google.call("GET", `${path}:getIamPolicy?options.requestedPolicyVersion=3`);
    assert.deepStrictEqual(read.body, { etag: "ACAB" });
    const bindings = [
      { role: "roles/secretmanager.secretAccessor", members: ["user:reader@example.com"] },
    ];
    const set = () =>
      google.call("POST", `${path}:setIamPolicy`, { policy: { bindings, etag: "ACAB" } });
    const first = await set();
    assert.deepStrictEqual(first.body.bindings, bindings);
    assertError(await set(), 409, "ABORTED", /concurrent policy changes/);
    const ghost = `serviceAccount:ghost@${PROJECT}.iam.gserviceaccount.com`;
    const unknown = await google.call("POST", `${path}:setIamPolicy`, {
      policy: { bindings: [{ role: "roles/viewer", members: [ghost] }] },
    });
    assertError(unknown, 400, "INVALID_ARGUMENT", /ghost@.* does not exist/);
  });

  it("gives a workload exactly what IAM grants it, and records every try", async () => {
    await add("value");
    const { email } = await google.client.iam.createAccount(PROJECT, `reader-${count}`, {});
    const member = `serviceAccount:${email}`;
    const { context } = google.fake;
    assert.throws(() => context.accessSecret(id, "1", member), { status: 403 });
    const grant = (condition?: unknown) =>
      google.call("POST", `${SECRETS}/${id}:setIamPolicy`, {
        policy: {
          version: 3,
          bindings: [
            {
              role: "roles/secretmanager.secretAccessor",
              members: [member],
              ...(condition === undefined ? {} : { condition }),
            },
          ],
        },
      });
    await grant();
    assert.equal(context.accessSecret(id, "1", member), "value");
    assert.throws(() => context.accessSecret(id, "7", member), { status: 404 });
    const past = { title: "grace", expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' };
    await grant(past);
    assert.throws(() => context.accessSecret(id, "1", member), { status: 403 });
    const token = google.fake.tokenFor(email);
    const path = `${SECRETS}/${id}/versions/1:access`;
    assertError(
      await google.call("GET", path, undefined, token),
      403,
      "PERMISSION_DENIED",
      /^Permission 'secretmanager\.versions\.access' denied/,
    );
    await grant();
    assert.equal((await google.call("GET", path, undefined, token)).status, 200);
    const write = await google.call("POST", `${SECRETS}/${id}:addVersion`, {}, token);
    assertError(write, 403, "PERMISSION_DENIED", /secretmanager\.versions\.add/);
    const entries = context.audit
      .list()
      .filter((entry) => entry.protoPayload.resourceName.includes(id));
    assert.deepStrictEqual(
      entries
        .filter((entry) => entry.protoPayload.methodName.endsWith("AccessSecretVersion"))
        .map(({ protoPayload }) => protoPayload.status.code ?? 0),
      [7, 0, 5, 7, 7, 0],
    );
    const odd = await grant({ title: "x", expression: "resource.name == 'x'" });
    assertError(odd, 400, "INVALID_ARGUMENT", /request\.time </);
  });

  it("serves the operator's client", async () => {
    const { secretManager } = google.client;
    const name = `projects/${PROJECT}/secrets/${id}`;
    const added = await secretManager.addVersion(name, new SecretText("päss"));
    const read = await secretManager.accessVersion(`${name}/versions/latest`);
    assert.equal(read.name, added.name);
    assert.equal(read.value.reveal(), "päss");
    await secretManager.disableVersion(added.name, added.etag);
    await assert.rejects(secretManager.accessVersion(added.name), {
      reason: "FAILED_PRECONDITION",
    });
    await secretManager.deleteSecret(name);
    await assert.rejects(secretManager.getSecret(name), { status: 404 });
  });
});
