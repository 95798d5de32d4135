import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import { KubernetesClient, type KubernetesError } from "../../../operator/kubernetes";
import { stubbed } from "../convergence/stub";

const SECRET = { apiVersion: "v1", plural: "secrets", namespace: "project", name: "jwt-secret-g2" };

/** What a client says of an answer. */
function said(status: number, document: object): Promise<KubernetesError> {
  return stubbed(
    () => [status, document],
    async (server) => {
      const token = new SecretText("example");
      const client = new KubernetesClient({
        server,
        token,
        caCert: undefined,
        namespace: "default",
      });
      try {
        await client.read(SECRET);
      } catch (error) {
        return error as KubernetesError;
      } finally {
        client.close();
      }
      return assert.fail("it was answered");
    },
  );
}

describe("operator/kubernetes: an API that does not answer as it should", () => {
  it("is told with the object, where the server's own words name none", async () => {
    for (const status of [429, 500, 503]) {
      const { message } = await said(status, { reason: "Unavailable", message: "try later" });
      assert.equal(
        message,
        `Kubernetes: GET /api/v1/namespaces/project/secrets/jwt-secret-g2: ${status} Unavailable: try later`,
      );
    }
  });

  it("is told in the server's words where it refuses the call", async () => {
    const words = 'secrets "jwt-secret-g2" is forbidden';
    const { message, reason } = await said(403, { reason: "Forbidden", message: words });
    assert.deepEqual([message, reason], [words, "Forbidden"]);
  });
});
