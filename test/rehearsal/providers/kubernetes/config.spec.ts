import assert from "node:assert/strict";
import { configureKubernetes } from "../../../../rehearsal/providers/kubernetes/config";
import { silentServer } from "../silent-server";

const SECRET = { apiVersion: "v1", plural: "secrets", namespace: "project", name: "example" };

describe("rehearsal/providers/kubernetes: how long a call may take", () => {
  afterEach(() => {
    delete process.env["PULUMI_K8S_CLIENT_TIMEOUT"];
  });
  const configured = (server: string) =>
    configureKubernetes({
      kubeconfig: JSON.stringify({
        "current-context": "example",
        clusters: [{ name: "example", cluster: { server } }],
        users: [{ name: "example", user: { token: "example" } }],
        contexts: [{ name: "example", context: { cluster: "example", user: "example" } }],
      }),
    });

  it("is what the official provider's variable says", async () => {
    process.env["PULUMI_K8S_CLIENT_TIMEOUT"] = "1";
    await silentServer(async (url) => {
      const { client } = configured(url);
      await assert.rejects(client.read(SECRET), /secrets\/example: no answer in time/);
      client.close();
    });
  });

  it("is refused where it is no number of seconds", () => {
    for (const wrong of ["0", "soon", "1.5"]) {
      process.env["PULUMI_K8S_CLIENT_TIMEOUT"] = wrong;
      assert.throws(
        () => configured("http://127.0.0.1:1"),
        /PULUMI_K8S_CLIENT_TIMEOUT.*allowed: 1 and more/,
      );
    }
  });
});
