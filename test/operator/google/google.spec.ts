import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { SecretText } from "../../../components/secret-text";
import {
  type GoogleClient,
  googleClient,
  GoogleApiError,
  withGrant,
} from "../../../operator/google";

interface Seen {
  verb: string;
  url: string;
  body: string;
  authorization: string | undefined;
}

type Answer = [status: number, body: unknown];

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

describe("the client of Google's APIs", () => {
  let server: Server;
  let client: GoogleClient;
  let seen: Seen[];
  let answers: Answer[];
  const canary = "Zk7-canary-value";

  beforeEach(async () => {
    seen = [];
    answers = [];
    server = createServer((request, response) => {
      void read(request).then((body) => {
        const { authorization } = request.headers;
        seen.push({ verb: request.method ?? "", url: request.url ?? "", body, authorization });
        const [status, answer] = answers.shift() ?? [500, "unexpected"];
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = googleClient({
      endpoints: { secretManager: `${base}/v1`, sql: `${base}/sql/v1beta4/`, run: `${base}/v2/` },
      accessToken: "example-token",
      patience: { backoff: 1, pollInterval: 1, attempts: 3, operationTimeout: 2_000 },
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const failure = (status: number, reason: string, message: string): Answer => [
    status,
    { error: { code: status, status: reason, message } },
  ];

  async function caught(work: Promise<unknown>): Promise<GoogleApiError> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof GoogleApiError);
    return error;
  }

  it("adds a version with the payload in base64 and the bearer token in the header", async () => {
    const name = "projects/123/secrets/db/versions/4";
    answers.push([200, { name, state: "ENABLED" }]);
    const added = await client.secretManager.addVersion(
      "projects/example-project/secrets/db",
      new SecretText(canary),
    );
    assert.equal(added.name, name);
    assert.deepStrictEqual(seen, [
      {
        verb: "POST",
        url: "/v1/projects/example-project/secrets/db:addVersion",
        body: JSON.stringify({ payload: { data: Buffer.from(canary).toString("base64") } }),
        authorization: "Bearer example-token",
      },
    ]);
  });

  it("keeps a value out of its errors even when the server quotes it", async () => {
    const encoded = Buffer.from(canary).toString("base64");
    answers.push(failure(400, "INVALID_ARGUMENT", `bad payload "${encoded}" for ${canary}`));
    const error = await caught(
      client.secretManager.addVersion("projects/p/secrets/db", new SecretText(canary)),
    );
    assert.equal(error.status, 400);
    assert.equal(error.reason, "INVALID_ARGUMENT");
    const everything = `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}`;
    assert.ok(!everything.includes(canary) && !everything.includes(encoded));
    assert.match(error.message, /secretmanager secrets.addVersion on projects\/p\/secrets\/db/);
  });

  it("repeats a read after a transient answer and gives up after its attempts", async () => {
    answers.push(failure(503, "UNAVAILABLE", ""), [200, { name: "x", state: "ENABLED" }]);
    await client.secretManager.getVersion("projects/p/secrets/s/versions/1");
    assert.equal(seen.length, 2);
    answers.push(...Array.from({ length: 3 }, () => failure(503, "UNAVAILABLE", "")));
    await caught(client.secretManager.getVersion("projects/p/secrets/s/versions/1"));
    assert.equal(seen.length, 5);
  });

  it("never repeats a write whose fate is unknown", async () => {
    answers.push(failure(503, "UNAVAILABLE", ""));
    await caught(client.secretManager.addVersion("projects/p/secrets/s", new SecretText("v")));
    assert.equal(seen.length, 1);
  });

  it("waits for another change of the same Cloud SQL instance, then for its own operation", async () => {
    answers.push(
      [409, { error: { code: 409, message: "busy", errors: [{ reason: "operationInProgress" }] } }],
      [200, { name: "op-1", status: "PENDING" }],
      [200, { name: "op-1", status: "DONE" }],
    );
    await client.sql.updateUser(
      { project: "example-project", instance: "main" },
      { name: "app_a", password: new SecretText(canary), databaseRoles: ["owner"] },
    );
    assert.deepStrictEqual(
      seen.map(({ verb, url }) => `${verb} ${url}`),
      [
        ...Array<string>(2).fill(
          "PUT /sql/v1beta4/projects/example-project/instances/main/users" +
            "?name=app_a&databaseRoles=owner&revokeExistingRoles=true",
        ),
        "GET /sql/v1beta4/projects/example-project/operations/op-1",
      ],
    );
    assert.equal((JSON.parse(seen[1]?.body ?? "") as { password: string }).password, canary);
  });

  it("turns a failed operation into an error without the password", async () => {
    const errors = [{ code: "INVALID_PASSWORD", message: `password ${canary} is too weak` }];
    answers.push([200, { name: "op-2", status: "DONE", error: { errors } }]);
    const error = await caught(
      client.sql.insertUser(
        { project: "p", instance: "main" },
        { name: "app_a", password: new SecretText(canary) },
      ),
    );
    assert.equal(error.reason, "INVALID_PASSWORD");
    assert.match(error.message, /password \[secret\] is too weak/);
  });

  it("writes a policy again when somebody else wrote in between", async () => {
    answers.push(
      [200, { etag: "one", bindings: [] }],
      failure(409, "ABORTED", "concurrent change"),
      [200, { etag: "two", bindings: [{ role: "r", members: ["user:b@example.com"] }] }],
      [200, { etag: "three" }],
    );
    await client.secretManager.modifyIamPolicy("projects/p/secrets/s", (policy) =>
      withGrant(policy, { role: "r", member: "user:a@example.com" }),
    );
    const last = JSON.parse(seen.at(-1)?.body ?? "") as unknown;
    const members = ["user:b@example.com", "user:a@example.com"];
    assert.deepStrictEqual(last, { policy: { etag: "two", bindings: [{ role: "r", members }] } });
  });

  it("follows a Cloud Run operation to its failure", async () => {
    const name = "projects/p/locations/l/operations/1";
    answers.push(
      [200, { name, done: false }],
      [200, { name, done: true, error: { code: 9, message: "revision api-00002 is not ready" } }],
    );
    const started = await client.run.startPatch("projects/p/locations/l/services/api", {});
    const error = await caught(client.run.waitFor(started, "services.patch"));
    assert.match(error.message, /OPERATION_FAILED\(9\): revision api-00002 is not ready/);
  });

  it("reports a refused connection by its code", async () => {
    const closed = googleClient({
      endpoints: { iam: "http://127.0.0.1:1/v1/" },
      accessToken: "t",
      patience: { attempts: 1 },
    });
    const error = await caught(closed.iam.listKeys("projects/p/serviceAccounts/a@example.com"));
    assert.equal(error.status, 0);
    assert.equal(error.reason, "ECONNREFUSED");
  });
});

describe("SecretText", () => {
  it("yields its value by reveal() only", () => {
    const secret = new SecretText("plain");
    const shown = [`${String(secret)}`, JSON.stringify({ secret }), inspect({ secret })];
    assert.ok(shown.every((text) => !text.includes("plain")));
    assert.equal(secret.reveal(), "plain");
  });
});
