import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { NAMESPACE, named, secret, startFake, type Started } from "./fixture";

interface Line {
  readonly type: string;
  readonly object: { metadata: { name: string; resourceVersion: string } };
}

describe("rehearsal/clouds/kubernetes: watches", function () {
  this.timeout(30_000);
  let started: Started;
  const mine = { fieldManager: "rekey" };

  before(async () => (started = await startFake()));
  after(() => started?.stop());

  async function watch(query: string, work?: () => Promise<unknown>): Promise<string[]> {
    const { fake } = started;
    const answer = await fetch(
      `${fake.url}/api/v1/namespaces/${NAMESPACE}/secrets?watch=true&timeoutSeconds=1&${query}`,
      { headers: { authorization: `Bearer ${fake.token.reveal()}` } },
    );
    assert.equal(answer.status, 200);
    await work?.();
    const seen: string[] = [];
    for await (const line of createInterface(Readable.fromWeb(answer.body as never))) {
      const { type, object } = JSON.parse(line) as Line;
      seen.push(`${type} ${object.metadata.name}`);
    }
    return seen;
  }

  async function version(): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
    const list = await started.client.call<{ metadata: { resourceVersion: string } }>("GET", path);
    return list.metadata.resourceVersion;
  }

  it("tell what is there, then every change as it happens, and end with their time", async () => {
    const { client } = started;
    await client.apply(named("secrets", "old"), secret("old", "1", false), mine);
    const seen = await watch("", async () => {
      await client.apply(named("secrets", "new"), secret("new", "1"), mine);
      await client.apply(named("secrets", "old"), secret("old", "2", false), mine);
      await client.delete(named("secrets", "old"));
      await client.apply(named("configmaps", "other"), map("other"), mine);
    });
    assert.deepEqual(seen, ["ADDED old", "ADDED new", "MODIFIED old", "DELETED old"]);
  });

  it("begin after a version, a removal's too", async () => {
    const { client } = started;
    await client.apply(named("secrets", "gone"), secret("gone", "1"), mine);
    const before = await version();
    await client.delete(named("secrets", "gone"));
    assert.deepEqual(await watch(`resourceVersion=${before}`), ["DELETED gone"]);
    assert.deepEqual(await watch(`resourceVersion=${await version()}`), []);
  });

  it("are refused where they would be narrower than the fake can tell", async () => {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets?watch=true`;
    const narrow = started.client.call("GET", `${path}&labelSelector=a%3Db`);
    await assert.rejects(narrow, /no labelSelector/);
  });
});

function map(name: string) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "1" } };
}
