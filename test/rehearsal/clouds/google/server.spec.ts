/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment -- answers are read field by field */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { OAuth2Client } from "google-auth-library";
import { z } from "zod";

import { ApiError } from "../../../../rehearsal/clouds/google/errors";
import { faultsOf } from "../../../../rehearsal/clouds/google/faults";
import { Router } from "../../../../rehearsal/clouds/google/router";
import { launch } from "../../../../rehearsal/processes";
import { assertError, caller, PROJECT, startFake, TOKEN } from "./fixture";

const MAIN = join(__dirname, "../../../../rehearsal/clouds/google/main.ts");
const SECRETS = `/v1/projects/${PROJECT}/secrets`;
const AUTOMATIC = { replication: { automatic: {} } };

describe("fake Google Cloud: server", () => {
  let google: Awaited<ReturnType<typeof startFake>>;
  before(async () => {
    google = await startFake({
      services: [
        (ctx) => [
          {
            service: "run",
            method: "POST",
            path: "/v2/projects/{project}/locations/{location}/things",
            body: z.strictObject({ fail: z.boolean().optional() }),
            handler: ({ params, body }) =>
              ctx.operations.start(
                `projects/${params["project"]}/locations/${params["location"]}`,
                { "@type": "type.googleapis.com/example.Thing" },
                async () => {
                  await Promise.resolve();
                  if ((body as { fail?: boolean }).fail) {
                    throw new ApiError(404, "NOT_FOUND", "no such image");
                  }
                  return { "@type": "type.googleapis.com/example.Thing", name: "thing" };
                },
              ),
          },
        ],
      ],
    });
  });
  after(() => google.stop());

  it("wants a bearer, the right one, and answers 401 in Google's form", async () => {
    const none = await google.call("GET", SECRETS, undefined, "");
    assertError(none, 401, "UNAUTHENTICATED", /missing required authentication credential/);
    const wrong = await google.call("GET", SECRETS, undefined, "not-the-token");
    assertError(wrong, 401, "UNAUTHENTICATED", /invalid authentication credentials/);
    assert.ok(!JSON.stringify(wrong.body).includes("not-the-token"));
  });

  it("serves google-auth-library", async () => {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: TOKEN });
    const { data } = await client.request<{ totalSize: number }>({
      url: google.fake.url + SECRETS,
    });
    assert.equal(data.totalSize, 0);
  });

  it("says what it does not serve, and refuses bodies that are no JSON without quoting them", async () => {
    const unknown = await google.call("GET", "/v1/projects/example-project/topics");
    assertError(unknown, 404, "NOT_FOUND", /the fake of Google Cloud serves no GET/);
    const response = await fetch(`${google.fake.url}${SECRETS}?secretId=x`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: '{"canary',
    });
    const text = await response.text();
    assert.equal(response.status, 400);
    assert.ok(!text.includes("canary"));
  });

  it("refuses two routes of the same shape", () => {
    const route = { service: "x", method: "GET", path: "/a/{b}", handler: () => ({}) } as const;
    const other = { ...route, path: "/a/{c}" };
    assert.throws(() => new Router().add([route, other]), /two routes for GET \/a\/\{c\}/);
  });

  it("runs long operations of further services to a response or an error", async () => {
    const path = `/v2/projects/${PROJECT}/locations/europe-west1/things`;
    const started = await google.call("POST", path, {});
    assert.equal(started.body.done, false);
    const done = await google.call("POST", `/v2/${started.body.name as string}:wait`);
    assert.deepStrictEqual([done.body.done, done.body.response.name], [true, "thing"]);
    const failed = await google.call("POST", path, { fail: true });
    await google.call("POST", `/v2/${failed.body.name as string}:wait`);
    const { body } = await google.call("GET", `/v2/${failed.body.name as string}`);
    assert.deepStrictEqual(body.error, { code: 5, message: "no such image" });
  });

  it("injects faults before and after the effect", async () => {
    const create = (id: string) => google.call("POST", `${SECRETS}?secretId=${id}`, AUTOMATIC);
    Object.assign(
      google.fake.faults,
      faultsOf([{ service: "secretmanager", method: "POST", nth: 2, answer: 429 }]),
    );
    assert.equal((await create("f1")).status, 200);
    assertError(await create("f2"), 429, "RESOURCE_EXHAUSTED", /injected/);
    assert.equal((await create("f2")).status, 200);
    Object.assign(
      google.fake.faults,
      faultsOf([{ path: "/secrets", phase: "after", answer: "drop" }]),
    );
    await assert.rejects(create("f3"), /fetch failed/);
    assertError(await create("f3"), 409, "ALREADY_EXISTS", /f3/);
    Object.assign(google.fake.faults, faultsOf([{ answer: "hang" }]));
    const patience = {
      signal: AbortSignal.timeout(50),
      headers: { authorization: `Bearer ${TOKEN}` },
    };
    await assert.rejects(fetch(google.fake.url + SECRETS, patience), { name: "TimeoutError" });
    Object.assign(google.fake.faults, faultsOf([]));
  });

  it("answers audit entries by Google's filters", async () => {
    await google.call("POST", `${SECRETS}?secretId=audited`, AUTOMATIC);
    await google.call("POST", `${SECRETS}/audited:addVersion`, { payload: { data: "eA==" } });
    const since = new Date().toISOString();
    await google.call("GET", `${SECRETS}/audited/versions/1:access`);
    const method = "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion";
    const { logging } = google.client;
    const read = await logging.listEntries(
      PROJECT,
      `logName:"data_access" AND timestamp>="${since}" AND protoPayload.methodName="${method}"\n` +
        `(protoPayload.resourceName:"secrets/audited/" OR protoPayload.resourceName:"secrets/other/")`,
    );
    assert.deepStrictEqual(
      read.map(({ protoPayload: p }) => [p?.resourceName, p?.authenticationInfo?.principalEmail]),
      [["projects/123456789012/secrets/audited/versions/1", "operator@example.com"]],
    );
    const either = `protoPayload.methodName=("${method}" OR "x") timestamp<"${since}"`;
    assert.deepStrictEqual(await logging.listEntries(PROJECT, either), []);
    for (const filter of [
      'textPayload:"x"',
      "timestamp>=yesterday",
      "NOT severity=INFO",
      "(",
      "AND",
    ]) {
      await assert.rejects(logging.listEntries(PROJECT, filter), { status: 400 }, filter);
    }
  });

  it("runs as a child that reports its writes and keeps its secrets to itself", async () => {
    const child = await launch({
      name: "fake Google Cloud",
      command: process.execPath,
      args: ["--require", "tsx/cjs", MAIN],
      env: { PATH: process.env["PATH"] ?? "" },
      leash: "own",
      input: JSON.stringify({ project: PROJECT, region: "europe-west1", token: TOKEN }) + "\n",
      announces: true,
    });
    const { url, endpoints } = JSON.parse(await child.announced(15_000)) as {
      url: string;
      endpoints: { provider: Record<string, string> };
    };
    assert.equal(endpoints.provider["sqlCustomEndpoint"], `${url}/sql/v1beta4/`);
    const call = caller({ url });
    await call("POST", `${SECRETS}?secretId=x`, AUTOMATIC);
    const { body } = await call("GET", "/_fake/writes");
    assert.deepStrictEqual(body.counts, { "secret.create": 1 });
    await call("PUT", "/_fake/faults", { rules: [{ answer: 503 }] });
    assert.equal((await call("GET", SECRETS)).status, 503);
    assert.equal((await call("GET", SECRETS)).status, 200);
    assert.deepStrictEqual(await child.stop(), { code: 0, signal: null });
    assert.ok(!child.tail().includes(TOKEN));
  });

  it("ends with its parent: when its standard input does", async () => {
    const child = spawn(process.execPath, ["--require", "tsx/cjs", MAIN], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdin.write(JSON.stringify({ project: PROJECT, region: "europe-west1" }) + "\n");
    await once(child.stdout, "data");
    child.stdin.end();
    const [code] = (await once(child, "exit")) as [number | null];
    assert.equal(code, 1);
  });
});
