import assert from "node:assert/strict";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { GoogleClient } from "../../../operator/google";
import { recover } from "../../../operator/recovery";
import { cloudWith, type MadeResource, type MadeState, stackWith, urnOf } from "./stack";

const ROLE = "aws:iam/role:Role";
const USER = "gcp:sql/user:User";
const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";
const SECRET = "gcp:secretmanager/secret:Secret";
const PROJECT = "projects/example-project";

const user = (slot: string, made: Partial<MadeResource> = {}): MadeResource => ({
  type: USER,
  name: `capanel-users-${slot}`,
  inputs: { project: "example-project", instance: "main", name: `capanel_${slot}` },
  ...made,
});
const version = (generation: number, id?: number): MadeResource => ({
  type: VERSION,
  name: `capanel-key-g${generation}`,
  inputs: { secret: `${PROJECT}/secrets/key` },
  ...(id === undefined ? {} : { id: `${PROJECT}/secrets/key/versions/${id}` }),
});
const entry = (made: Partial<MadeResource> = {}): MadeResource => ({
  type: SECRET,
  name: "capanel-key-secret",
  inputs: { project: "example-project", secretId: "key" },
  ...made,
});

/** What Google has, and what it was told. */
function google(has: { users?: string[]; enabled?: number[] } = {}) {
  const told: string[] = [];
  const say = (what: string) => {
    told.push(what);
    return Promise.resolve();
  };
  const client = {
    sql: {
      findUser: (_at: unknown, name: string) =>
        Promise.resolve(has.users?.includes(name) === true ? { name } : undefined),
      deleteUser: (_at: unknown, name: string) => say(`delete ${name}`),
    },
    secretManager: {
      getSecret: (name: string) => Promise.resolve({ name }),
      listVersions: (secret: string) =>
        Promise.resolve(
          (has.enabled ?? []).map((number) => ({ name: `${secret}/versions/${number}` })),
        ),
      disableVersion: (name: string) => say(`disable ${name.split("/").at(-1)}`),
    },
  } as unknown as GoogleClient;
  return { client, told };
}

async function recovered(
  state: MadeState,
  has: Parameters<typeof google>[0] = {},
  external: string[] = [],
  backend?: string,
) {
  const { client, told } = google(has);
  const made = await stackWith(state, backend);
  try {
    const mended: string[] = [];
    await recover({
      stack: made.stack,
      project: "rekey",
      cloud: () =>
        Promise.resolve(cloudWith({ google: () => client, external: new Set(external) })),
      note: (line) => mended.push(line),
    });
    const { resources, pending_operations: pending = [] } = made.left();
    return { mended, told, urns: resources.map(({ urn }) => urn), pending, made };
  } finally {
    await made.remove();
  }
}

describe("operator/recovery", () => {
  it("does nothing where the last update ended by itself", async () => {
    const { mended, told } = await recovered({ resources: [user("a", { id: "main/capanel_a" })] });
    assert.deepEqual([mended, told], [[], []]);
  });

  it("reads anew what AWS left half recorded, and nothing that is merely not ready", async () => {
    const half = { type: ROLE, name: "rotate", id: "rotate", initErrors: ["reading IAM Role"] };
    const others = [
      { ...half, name: "replaced", delete: true },
      { ...half, name: "orders", type: "kubernetes:apps/v1:Deployment" },
      { ...half, name: "whole", initErrors: [] },
    ];
    const { mended, made } = await recovered({ resources: [half, ...others] });
    assert.deepEqual(made.refreshed, [urnOf(half)]);
    assert.match(mended.join(), /^rotate was not read to its end by an update that failed/);
  });

  it("drops a database user that an interrupted creation left and no state has", async () => {
    const { told, pending } = await recovered(
      { resources: [], creating: [user("b")] },
      { users: ["capanel_b"] },
    );
    assert.deepEqual([told, pending], [["delete capanel_b"], []]);
  });

  it("leaves a database user alone that an update by hand made since, and strikes the operation", async () => {
    const { told, pending, mended, urns } = await recovered(
      { resources: [user("b", { id: "main/capanel_b", protect: true })], creating: [user("b")] },
      { users: ["capanel_b"] },
    );
    assert.deepEqual(told, []);
    assert.deepEqual([urns, pending], [[urnOf(user("b"))], []]);
    assert.deepEqual(mended, ["creating capanel-users-b was interrupted: a later update made it"]);
  });

  it("leaves a database user alone that the state has under another name", async () => {
    const { told, pending } = await recovered(
      { resources: [user("b", { name: "renamed", id: "main/capanel_b" })], creating: [user("b")] },
      { users: ["capanel_b"] },
    );
    assert.deepEqual([told, pending], [[], []]);
  });

  it("drops a leftover user where only a replaced resource has its place in the state", async () => {
    const old = user("b", {
      id: "main/other",
      delete: true,
      inputs: { project: "example-project", instance: "main", name: "other" },
    });
    const { told } = await recovered(
      { resources: [old], creating: [user("b")] },
      { users: ["capanel_b"] },
    );
    assert.deepEqual(told, ["delete capanel_b"]);
  });

  it("adds what exists to the state once, however often its creation was interrupted", async () => {
    const { urns, pending } = await recovered({ resources: [], creating: [entry(), entry()] });
    assert.deepEqual([urns, pending], [[urnOf(entry())], []]);
  });

  it("reads what it added, also where an earlier recovery was killed before it did", async () => {
    const { made } = await recovered({ resources: [], creating: [entry()] });
    assert.deepEqual(made.refreshed, [urnOf(entry())]);
    const [added] = made.left().resources;
    const again = await recovered({ resources: [entry(added)] });
    assert.deepEqual([again.made.refreshed, again.mended], [[urnOf(entry())], []]);
  });

  it("asks for the lock where it cannot be read, and forgets no interrupted creation by that", async () => {
    const root = { type: "pulumi:pulumi:Stack", name: "rekey-test" };
    const { made, urns } = await recovered(
      { resources: [root], creating: [entry()] },
      {},
      [],
      "https://backend.example.com",
    );
    assert.deepEqual(made.refreshed, [urnOf(root), urnOf(entry())]);
    assert.deepEqual(urns, [urnOf(root), urnOf(entry())]);
  });

  it("adds no second resource for what an update by hand made since", async () => {
    const { urns, pending, made } = await recovered({
      resources: [entry({ id: `${PROJECT}/secrets/key` })],
      creating: [entry()],
    });
    assert.deepEqual([urns, pending, made.refreshed], [[urnOf(entry())], [], []]);
  });

  it("reads a version in AWS anew whose label an interrupted retirement took off", async () => {
    const type = "aws:secretsmanager/secretVersion:SecretVersion";
    const outputs = { versionStages: ["rekey-g1"] };
    const retired = { type, name: "project-key-g1", id: "project/key|one", outputs };
    const made = await stackWith({ resources: [retired], deleting: [retired] });
    const send = () => Promise.resolve({ VersionIdsToStages: {} });
    const client = Object.assign(new SecretsManagerClient({ region: "eu-west-1" }), { send });
    try {
      await recover({
        ...{ stack: made.stack, project: "rekey", note: () => undefined },
        cloud: () => Promise.resolve(cloudWith({ secretsManager: () => client })),
      });
      assert.deepEqual(made.refreshed, [urnOf(retired)]);
    } finally {
      await made.remove();
    }
  });

  describe("versions that no state knows", () => {
    it("are disabled above the newest known one", async () => {
      const { told } = await recovered(
        { resources: [version(1, 1)], creating: [version(2)] },
        { enabled: [2, 1] },
      );
      assert.deepEqual(told, ["disable 2"]);
    });

    it("are disabled below the one that an update by hand added since", async () => {
      const { told, pending } = await recovered(
        { resources: [version(1, 1), version(2, 3)], creating: [version(2)] },
        { enabled: [3, 2, 1] },
      );
      assert.deepEqual([told, pending], [["disable 2"], []]);
    });

    it("are left alone where they are older than all that rekey made", async () => {
      const { told } = await recovered(
        { resources: [version(1, 5), version(2, 7)], creating: [version(3)] },
        { enabled: [8, 7, 5, 4] },
      );
      assert.deepEqual(told, ["disable 8"]);
    });

    it("are left alone where a setting names them", async () => {
      const { told } = await recovered(
        { resources: [version(1, 2)], creating: [version(2)] },
        { enabled: [3, 2] },
        ["key/3", "key/2"],
      );
      assert.deepEqual(told, []);
    });
  });
});
