import assert from "node:assert/strict";
import { faultsOf } from "../../../../rehearsal/clouds/google/faults";
import { KubernetesError, type KubernetesObject } from "../../../../operator/kubernetes";
import { SecretText } from "../../../../components/secret-text";
import {
  NAMESPACE,
  clientWith,
  deployment,
  named,
  secret,
  startFake,
  type Started,
} from "./fixture";

describe("rehearsal/clouds/kubernetes: the API of the fake", function () {
  this.timeout(30_000);
  let started: Started;

  before(async () => (started = await startFake()));
  after(() => started?.stop());

  const mine = { fieldManager: "rekey" };
  const is = (status: number, reason: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof KubernetesError, String(error));
    assert.deepEqual([error.status, error.reason], [status, reason], error.message);
    assert.match(error.message, message);
    return true;
  };

  it("refuses a change of an immutable secret's data, and lets its labels change", async () => {
    const { client, fake } = started;
    const name = named("secrets", "key-g1");
    await client.apply(name, secret("key-g1", "one"), mine);
    const before = fake.writes.count();
    await client.apply(name, secret("key-g1", "one"), mine);
    assert.equal(fake.writes.count(), before, "the same object counted as a write");
    const changed = client.apply(name, secret("key-g1", "canary"), mine);
    await assert.rejects(changed, (error: unknown) => {
      assert.ok(!String(error).includes("canary"));
      return is(
        422,
        "Invalid",
        /Secret "key-g1" is invalid: data: Forbidden: field is immutable/,
      )(error);
    });
    const labelled = {
      ...secret("key-g1", "one"),
      metadata: { name: "key-g1", labels: { a: "b" } },
    };
    assert.deepEqual((await client.apply(name, labelled, mine)).metadata.labels, { a: "b" });
  });

  it("leaves it to its clients to close an idle connection, so that no call is lost to one that is being closed", async () => {
    const { headers } = await fetch(`${started.fake.url}/api/v1/namespaces`);
    assert.equal(headers.get("connection"), "keep-alive");
    assert.equal(headers.get("keep-alive"), null, "the connection has an end of its own");
  });

  it("turns stringData into data", async () => {
    const { data: given, ...rest } = secret("text", "one");
    const made = await started.client.apply(
      named("secrets", "text"),
      { ...rest, stringData: { value: "one" } },
      mine,
    );
    assert.deepEqual([made.data, made.stringData], [given, undefined]);
  });

  it("takes away what its manager leaves out, and keeps what another one holds", async () => {
    const { client } = started;
    const name = named("configmaps", "shared");
    const map = (data: Record<string, string>) => ({
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" } },
      data,
    });
    await client.apply(name, map({ a: "1", b: "1" }), mine);
    await client.apply(name, map({ c: "1" }), { fieldManager: "other" });
    const { data } = await client.apply(name, map({ a: "2" }), mine);
    assert.deepEqual(data, { a: "2", c: "1" });
    const taken = client.apply(name, map({ c: "2" }), mine);
    await assert.rejects(
      taken,
      is(409, "Conflict", /1 conflict: conflict with "other": \.data\.c/),
    );
    const forced = await client.apply(name, map({ c: "2" }), { ...mine, force: true });
    assert.deepEqual(forced.data, { c: "2" });
  });

  it("keeps list entries apart by their names", async () => {
    const { client } = started;
    const name = named("deployments", "idle", "apps/v1");
    const wanted = (...env: string[]) => {
      const made = structuredClone(deployment("idle", "none", { replicas: 0 }));
      const [container] = made.spec.template.spec.containers as { env: object[] }[];
      (container as { env: object[] }).env = env.map((one) => ({ name: one, value: one }));
      return made;
    };
    const envOf = ({ spec }: KubernetesObject) => {
      const { template } = spec as ReturnType<typeof deployment>["spec"];
      return template.spec.containers[0]?.env.map((one) => one.name);
    };
    assert.deepEqual(envOf(await client.apply(name, wanted("A", "B"), mine)), ["A", "B"]);
    assert.deepEqual(envOf(await client.apply(name, wanted("B", "C"), mine)), ["B", "C"]);
    await client.delete(name);
  });

  it("refuses a write that was made against an older state", async () => {
    const { client } = started;
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "versioned" } };
    const first = await client.create(path, { ...map, data: { a: "1" } });
    const at = `${path}/versioned`;
    await client.call("PUT", at, { ...first, data: { a: "2" } });
    const late = client.call("PUT", at, { ...first, data: { a: "3" } });
    await assert.rejects(late, is(409, "Conflict", /the object has been modified/));
    await assert.rejects(client.create(path, map), is(409, "AlreadyExists", /already exists/));
  });

  it("refuses fields and resources that it does not know", async () => {
    const { client } = started;
    const odd = { ...secret("odd", "one"), colour: "red" };
    const applied = client.apply(named("secrets", "odd"), odd, mine);
    await assert.rejects(applied, is(400, "BadRequest", /unknown field "colour"/));
    const path = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
    await assert.rejects(client.call("GET", path), is(404, "NotFound", /could not find/));
    const gone = client.apply(
      { ...named("secrets", "x"), namespace: "gone" },
      secret("x", "1"),
      mine,
    );
    await assert.rejects(gone, is(404, "NotFound", /namespaces "gone" not found/));
  });

  it("refuses strangers and tokens that are over", async () => {
    const stranger = clientWith(started, new SecretText("guessed"));
    const read = () => stranger.read(named("secrets", "key-g1"));
    await assert.rejects(read(), is(401, "Unauthorized", /Unauthorized/));
    stranger.close();
  });

  it("lets a service account do what its role names, and nothing else", async () => {
    const { client, fake } = started;
    await client.apply(named("secrets", "other-g1"), secret("other-g1", "two"), mine);
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "svc" } };
    await client.apply(named("serviceaccounts", "svc"), account, mine);
    const group = "rbac.authorization.k8s.io";
    const rules = [
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["key-g1"], verbs: ["get"] },
    ];
    const role = { apiVersion: `${group}/v1`, kind: "Role", metadata: { name: "reader" }, rules };
    await client.apply(named("roles", "reader", `${group}/v1`), role, mine);
    const roleRef = { apiGroup: group, kind: "Role", name: "reader" };
    const subjects = [{ kind: "ServiceAccount", name: "svc", namespace: NAMESPACE }];
    const binding = { ...role, kind: "RoleBinding", rules: undefined, roleRef, subjects };
    await client.apply(named("rolebindings", "reader", `${group}/v1`), binding, mine);
    const svc = clientWith(started, await fake.tokenFor(NAMESPACE, "svc"));
    assert.ok(await svc.read(named("secrets", "key-g1")));
    const refused = is(403, "Forbidden", /User "system:serviceaccount:project:svc" cannot/);
    const tried = [
      () => svc.read(named("secrets", "other-g1")),
      () => svc.list(named("secrets", "")),
      () => svc.apply(named("secrets", "key-g1"), secret("key-g1", "x"), mine),
      () => svc.delete(named("secrets", "key-g1")),
      () => svc.read({ ...named("secrets", "key-g1"), namespace: "default" }),
    ];
    for (const attempt of tried) await assert.rejects(attempt(), refused, attempt.toString());
    svc.close();
  });

  it("reviews tokens for the audience that they were made for", async () => {
    const { client, fake } = started;
    const token = (await fake.tokenFor(NAMESPACE, "svc", ["vault"])).reveal();
    const review = (audiences?: string[]) =>
      client.create<{ status: { authenticated: boolean; user?: { username: string } } }>(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        { spec: { token, audiences } },
      );
    const { status } = await review(["vault"]);
    assert.equal(status.user?.username, "system:serviceaccount:project:svc");
    assert.equal((await review()).status.authenticated, false);
  });

  it("answers as a fault says, and does nothing then", async () => {
    const { client, fake } = started;
    Object.assign(fake.faults, faultsOf([{ method: "PATCH", path: "faulty", answer: 503 }]));
    const apply = () => client.apply(named("secrets", "faulty"), secret("faulty", "1"), mine);
    await assert.rejects(apply(), is(503, "InternalError", /injected by a fault/));
    assert.equal(await client.read(named("secrets", "faulty")), undefined);
    await apply();
  });
});
