/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment -- answers are read field by field */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { JWT } from "google-auth-library";
import { importPKCS8, SignJWT } from "jose";

import { assertError, PROJECT, startFake } from "./fixture";

const ACCOUNTS = `/v1/projects/${PROJECT}/serviceAccounts`;

interface KeyFile {
  client_email: string;
  private_key: string;
  private_key_id: string;
  token_uri: string;
}

describe("fake Google Cloud: IAM", () => {
  let google: Awaited<ReturnType<typeof startFake>>;
  let count = 0;
  before(async () => {
    google = await startFake();
  });
  after(() => google.stop());

  const account = () => google.client.iam.createAccount(PROJECT, `service-${++count}`, {});
  const keyFile = async (name: string) => {
    const { privateKeyData, ...key } = await google.client.iam.createKey(name);
    const text = Buffer.from(privateKeyData.reveal(), "base64").toString();
    return { key, file: JSON.parse(text) as KeyFile };
  };
  const assertion = async (file: KeyFile, audience: string) =>
    new SignJWT({ scope: "https://www.googleapis.com/auth/cloud-platform" })
      .setProtectedHeader({ alg: "RS256", kid: file.private_key_id })
      .setIssuer(file.client_email)
      .setSubject(file.client_email)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(await importPKCS8(file.private_key, "RS256"));
  const exchange = async (file: KeyFile) => {
    const response = await fetch(file.token_uri, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: await assertion(file, file.token_uri),
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  it("creates, patches and deletes accounts, under either name", async () => {
    const { body: made } = await google.call("POST", ACCOUNTS, {
      accountId: "capanel-api",
      serviceAccount: { displayName: "API" },
    });
    const email = `capanel-api@${PROJECT}.iam.gserviceaccount.com`;
    assert.equal(made.name, `projects/${PROJECT}/serviceAccounts/${email}`);
    assert.match(made.uniqueId as string, /^\d{21}$/);
    const again = await google.call("POST", ACCOUNTS, { accountId: "capanel-api" });
    assertError(again, 409, "ALREADY_EXISTS", /capanel-api already exists/);
    const short = await google.call("POST", ACCOUNTS, { accountId: "api" });
    assertError(short, 400, "INVALID_ARGUMENT", /6 to 30/);
    const patched = await google.call("PATCH", `${ACCOUNTS}/${email}`, {
      serviceAccount: { displayName: "New", description: "unmasked" },
      updateMask: "displayName",
    });
    assert.deepStrictEqual(
      [patched.body.displayName, patched.body.description],
      ["New", undefined],
    );
    const byId = await google.call(
      "GET",
      `/v1/projects/-/serviceAccounts/${made.uniqueId as string}`,
    );
    assert.equal(byId.body.email, email);
    await google.call("DELETE", `${ACCOUNTS}/${email}`);
    const gone = await google.call("GET", `${ACCOUNTS}/${email}`);
    assertError(gone, 404, "NOT_FOUND", /does not exist/);
  });

  it("turns a deleted account's grants into dead ones", async () => {
    const { name, email, uniqueId } = await account();
    const { resourceManager, iam } = google.client;
    await resourceManager.modifyIamPolicy(PROJECT, (policy) => ({
      ...policy,
      bindings: [{ role: "roles/secretmanager.viewer", members: [`serviceAccount:${email}`] }],
    }));
    const token = google.fake.tokenFor(email);
    const list = `/v1/projects/${PROJECT}/secrets`;
    assert.equal((await google.call("GET", list, undefined, token)).status, 200);
    await iam.deleteAccount(name);
    const refused = await google.call("GET", list, undefined, token);
    assertError(refused, 401, "UNAUTHENTICATED", /invalid authentication credentials/);
    const { bindings } = await resourceManager.getIamPolicy(PROJECT);
    assert.deepStrictEqual(bindings?.[0]?.members, [
      `deleted:serviceAccount:${email}?uid=${uniqueId}`,
    ]);
  });

  it("gives a key's private half once, and its public half as a certificate", async () => {
    const { name, email, uniqueId } = await account();
    const { key, file } = await keyFile(name ?? "");
    assert.equal(
      key.name,
      `projects/${PROJECT}/serviceAccounts/${email}/keys/${file.private_key_id}`,
    );
    assert.deepStrictEqual(
      [key.keyType, key.keyAlgorithm, key.validBeforeTime],
      ["USER_MANAGED", "KEY_ALG_RSA_2048", "9999-12-31T23:59:59Z"],
    );
    const read = await google.client.iam.getKey(key.name, "TYPE_X509_PEM_FILE");
    const certificate = new X509Certificate(Buffer.from(read.publicKeyData ?? "", "base64"));
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.subject, `CN=${uniqueId}`);
    const listed = await google.client.iam.listKeys(name, true);
    assert.deepStrictEqual(listed.map(({ keyType }) => keyType).sort(), [
      "SYSTEM_MANAGED",
      "USER_MANAGED",
    ]);
    assert.ok(!JSON.stringify(listed).includes("private"));
  });

  it("accepts a live key, refuses a deleted one, and lets tokens that it got live on", async () => {
    const { name, email } = await account();
    await google.client.resourceManager.modifyIamPolicy(PROJECT, (policy) => ({
      ...policy,
      bindings: [{ role: "roles/secretmanager.viewer", members: [`serviceAccount:${email}`] }],
    }));
    const { key, file } = await keyFile(name);
    const token = (await exchange(file)).body["access_token"] ?? "";
    const list = `/v1/projects/${PROJECT}/secrets`;
    assert.equal((await google.call("GET", list, undefined, token)).status, 200);
    const selfSigned = await assertion(file, google.fake.url);
    assert.equal((await google.call("GET", list, undefined, selfSigned)).status, 200);
    await google.client.iam.deleteKey(key.name);
    assert.deepStrictEqual(await exchange(file), {
      status: 400,
      body: { error: "invalid_grant", error_description: "Invalid JWT Signature." },
    });
    assert.equal((await google.call("GET", list, undefined, selfSigned)).status, 401);
    assert.equal((await google.call("GET", list, undefined, token)).status, 200);
  });

  it("is reached by Google's own client with a key of the fake", async () => {
    const { name, email } = await account();
    await google.client.iam.modifyIamPolicy(name, (policy) => ({
      ...policy,
      bindings: [{ role: "roles/iam.serviceAccountViewer", members: [`serviceAccount:${email}`] }],
    }));
    const { file } = await keyFile(name);
    const jwt = new JWT({
      email: file.client_email,
      key: file.private_key,
      keyId: file.private_key_id,
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
    });
    // Signs its bearer itself; the other way goes to Google's token address, which the client does not let anybody change.
    jwt.useJWTAccessWithScope = true;
    const { data } = await jwt.request<{ email: string }>({ url: `${google.fake.url}/v1/${name}` });
    assert.equal(data.email, email);
    await assert.rejects(
      jwt.request({ url: `${google.fake.url}/v1/projects/${PROJECT}/secrets`, retry: false }),
      { status: 403 },
    );
  });

  it("allows ten keys and not one more", async () => {
    const { name } = await account();
    const create = () =>
      google.call("POST", `/v1/${name}/keys`, { keyAlgorithm: "KEY_ALG_RSA_1024" });
    const made = await Promise.all(Array.from({ length: 10 }, create));
    assert.ok(made.every(({ status }) => status === 200));
    assertError(await create(), 400, "FAILED_PRECONDITION", /at most 10/);
  });
});
