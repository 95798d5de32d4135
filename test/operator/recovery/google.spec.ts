import assert from "node:assert/strict";
import type { GoogleClient } from "../../../operator/google";
import { settle } from "../../../operator/recovery/leftovers";
import { cloudWith, urnOf } from "./stack";

const FAILED = [{ from: new Date("2026-01-31T12:00:00Z"), to: new Date("2026-01-31T12:10:00Z") }];
const DURING = "2026-01-31T12:05:00.123456Z";

/** What becomes of a creation that failed, where Google has everything that it is asked for, made at that time. */
async function kindOf(
  type: string,
  inputs: Readonly<Record<string, string>>,
  createTime: string | undefined,
): Promise<string> {
  const there = () => Promise.resolve(createTime === undefined ? {} : { createTime });
  // Whatever is asked that is not here fails: nothing may be deleted or disabled.
  const google = {
    ...{ secretManager: { getSecret: there }, run: { get: there } },
    ...{ iam: { getAccount: there }, sql: {} },
  } as unknown as GoogleClient;
  const resource = {
    type,
    urn: urnOf({ type, name: "made" }),
    inputs,
    outputs: {},
    initErrors: [],
  };
  const creation = { resource, state: { resources: [], pending: [] }, failed: FAILED };
  const cloud = cloudWith({ google: () => google });
  return (await settle({ ...creation, cloud })).kind;
}

describe("operator/recovery: creations in Google Cloud that failed, and may have been made all the same", () => {
  const place = { project: "example-project", location: "europe-west1", name: "api" };
  const entry = { project: "example-project", secretId: "key" };
  const SECRET = "gcp:secretmanager/secret:Secret";
  const SERVICE = "gcp:cloudrunv2/service:Service";

  it("are ours if they were made while it was tried, and another's at another time", async () => {
    assert.equal(await kindOf(SECRET, entry, DURING), "exists");
    assert.equal(await kindOf(SERVICE, place, DURING), "exists");
    for (const time of ["2026-01-31T11:59:59Z", "2026-01-31T13:00:00Z", undefined]) {
      assert.equal(await kindOf(SECRET, entry, time), "nothing");
      assert.equal(await kindOf(SERVICE, place, time), "nothing");
    }
  });

  it("are nobody's where no age is told, and nothing is dropped or disabled", async () => {
    const account = { project: "example-project", accountId: "api" };
    assert.equal(await kindOf("gcp:serviceaccount/account:Account", account, undefined), "nothing");
    const user = { project: "example-project", instance: "main", name: "app_b" };
    assert.equal(await kindOf("gcp:sql/user:User", user, DURING), "nothing");
    const version = { secret: "projects/example-project/secrets/key" };
    const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";
    assert.equal(await kindOf(VERSION, version, DURING), "nothing");
  });
});
