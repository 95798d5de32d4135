import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { readKubeconfig } from "../../../operator/kubernetes";

const config = (user: object = { token: "canary-token" }) => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "one",
  clusters: [
    {
      name: "main",
      cluster: {
        server: "https://192.0.2.1:6443",
        "certificate-authority-data": Buffer.from("PEM").toString("base64"),
      },
    },
  ],
  users: [{ name: "me", user }],
  contexts: [
    { name: "one", context: { cluster: "main", user: "me", namespace: "project" } },
    { name: "two", context: { cluster: "main", user: "me" } },
  ],
});

describe("operator/kubernetes: kubeconfigs", () => {
  it("give server, authority, namespace and token of the current context", () => {
    const access = readKubeconfig(stringify(config()));
    assert.deepEqual(
      [access.server, access.caCert, access.namespace, access.token.reveal()],
      ["https://192.0.2.1:6443", "PEM", "project", "canary-token"],
    );
    assert.equal(readKubeconfig(stringify(config()), "two").namespace, "default");
    assert.ok(!JSON.stringify(access).includes("canary-token"));
  });

  it("are read from files, and their tokens too", async () => {
    const dir = await mkdtemp(join(tmpdir(), "rekey-kubeconfig-"));
    try {
      await writeFile(join(dir, "token"), "canary-from-file\n");
      await writeFile(join(dir, "config"), stringify(config({ tokenFile: join(dir, "token") })));
      assert.equal(readKubeconfig(join(dir, "config")).token.reveal(), "canary-from-file");
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it("are refused by what they lack, without a word of the token", () => {
    const refused = (text: string, message: RegExp, context?: string) =>
      assert.throws(
        () => readKubeconfig(text, context),
        (error: Error) => message.test(error.message) && !error.message.includes("canary"),
      );
    refused(stringify(config({ exec: {} })), /user me of the kubeconfig has no token/);
    refused(stringify(config()), /no context three; it has one, two/, "three");
    refused('{"clusters": "canary', /the kubeconfig is no YAML/);
    refused("users:\n- canary: true\n", /not whole: (clusters|users)/);
  });
});
