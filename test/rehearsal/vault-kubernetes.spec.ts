import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VaultKubernetesRole } from "../../components";
import { SecretText } from "../../components/secret-text";
import { VaultError, readKv, type VaultClient } from "../../operator/vault";
import { startVault, type Vault } from "../../rehearsal/clouds/vault";
import { NAMESPACE, named, startFake, type Started } from "./clouds/kubernetes/fixture";
import { TestProject } from "./providers/project";

describe("log-ins to Vault by Kubernetes service accounts, on a real OpenBao and the fake cluster", function () {
  this.timeout(180_000);
  let dir: string;
  let vault: Vault;
  let admin: VaultClient;
  let cluster: Started;
  let project: TestProject;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-vault-kubernetes-"));
    vault = await startVault({ dir });
    cluster = await startFake();
    admin = vault.client(vault.token);
    await admin.write("sys/auth/kubernetes", { type: "kubernetes" });
    await admin.write("auth/kubernetes/config", {
      kubernetes_host: cluster.fake.url,
      token_reviewer_jwt: cluster.fake.token.reveal(),
      disable_local_ca_jwt: true,
      // Wanted by the server, though it is not used for a loopback address without TLS.
      kubernetes_ca_cert: vault.caCert,
    });
    for (const name of ["search", "other"])
      await cluster.client.apply(
        named("serviceaccounts", name),
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } },
        { fieldManager: "spec" },
      );
    for (const name of ["meili-api-key", "jwt-secret"])
      await admin.write(`secret/data/project/prod/${name}`, { data: { value: name } });
    project = await TestProject.create();
    const { address, caCertFile, token } = vault;
    await project.configure(
      { "vault:address": address, "vault:caCertFile": caCertFile, "vault:skipChildToken": "true" },
      { "vault:token": token.reveal() },
    );
    const program = () => {
      new VaultKubernetesRole("search", {
        ...{ roleName: "search", serviceAccount: "search", namespace: NAMESPACE },
        reads: [{ path: "project/prod/meili-api-key" }],
        tokenTtl: 600,
        tokenMaxTtl: 1200,
      });
      return Promise.resolve();
    };
    await project.up(program);
    assert.deepEqual((await project.up(program)).steps, []);
    await project.refresh();
    assert.deepEqual((await project.up(program)).steps, []);
  });
  after(async () => {
    await vault?.stop();
    await cluster?.stop();
    await project?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  async function logIn(account: string, audiences: string[] = ["vault"], seconds = 600) {
    const jwt = (await cluster.fake.tokenFor(NAMESPACE, account, audiences, seconds)).reveal();
    const { auth } = await vault.client().write("auth/kubernetes/login", { role: "search", jwt });
    const token = new SecretText(String(auth?.client_token));
    return { client: vault.client(token), lease: auth?.lease_duration };
  }

  it("gives a pod a token of bounded life that reads exactly its secrets", async () => {
    const { client, lease } = await logIn("search");
    assert.equal(lease, 600);
    const read = await readKv(client, "secret", "project/prod/meili-api-key");
    assert.equal(read?.data.value?.reveal(), "meili-api-key");
    const neighbour = readKv(client, "secret", "project/prod/jwt-secret");
    await assert.rejects(neighbour, (error: VaultError) => error.status === 403);
  });

  it("refuses other accounts, tokens for another audience and tokens that nobody signed", async () => {
    const refused = (error: VaultError) => error.status === 403;
    await assert.rejects(logIn("other"), refused);
    await assert.rejects(logIn("search", ["another"]), refused);
    const [head, body] = (await cluster.fake.tokenFor(NAMESPACE, "search", ["vault"]))
      .reveal()
      .split(".");
    const jwt = `${head}.${body}.${Buffer.alloc(64).toString("base64url")}`;
    const forged = vault.client().write("auth/kubernetes/login", { role: "search", jwt });
    await assert.rejects(forged, refused);
  });
});
