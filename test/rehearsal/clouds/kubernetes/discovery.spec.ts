import assert from "node:assert/strict";
import { startFake, type Started } from "./fixture";

describe("rehearsal/clouds/kubernetes: what the API of the fake says of itself", function () {
  this.timeout(30_000);
  let started: Started;

  before(async () => (started = await startFake()));
  after(() => started?.stop());

  it("leads from its groups to the kinds in them", async () => {
    const { client } = started;
    const core = await client.call<{ versions: string[] }>("GET", "/api");
    assert.deepEqual(core.versions, ["v1"]);
    const { groups } = await client.call<{ groups: { preferredVersion: object }[] }>(
      "GET",
      "/apis",
    );
    assert.deepEqual(groups[0]?.preferredVersion, { groupVersion: "apps/v1", version: "v1" });
    const { groupVersion, resources } = await client.call<{
      groupVersion: string;
      resources: { name: string; kind: string; verbs: string[] }[];
    }>("GET", "/apis/apps/v1");
    assert.equal(groupVersion, "apps/v1");
    assert.deepEqual(
      resources.map(({ name, kind }) => `${name} ${kind}`),
      ["deployments Deployment", "replicasets ReplicaSet"],
    );
    assert.deepEqual(resources[1]?.verbs, ["get", "list", "watch"]);
  });

  it("describes its objects in the one form that clients in Go ask for", async () => {
    const { fake } = started;
    const ask = (accept: string) =>
      fetch(`${fake.url}/openapi/v2`, {
        headers: { accept, authorization: `Bearer ${fake.token.reveal()}` },
      });
    const answer = await ask("application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(bytes.toString("latin1", 0, 5), "\n\x032.0");
    assert.equal((await ask("application/json")).status, 406);
  });
});
