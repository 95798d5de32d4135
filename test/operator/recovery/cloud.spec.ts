import assert from "node:assert/strict";
import { stringify } from "yaml";
import { openCloud } from "../../../operator/recovery/cloud";

const kubeconfig = stringify({
  "current-context": "one",
  clusters: [{ name: "one", cluster: { server: "https://127.0.0.1:6443" } }],
  users: [{ name: "one", user: { token: "example" } }],
  contexts: [{ name: "one", context: { cluster: "one", user: "one", namespace: "project" } }],
});

describe("operator/recovery: the clouds of a stack", () => {
  it("are reached by the settings of the stack's providers, by one client each", async () => {
    const cloud = openCloud(
      {
        "aws:region": { value: "eu-west-1" },
        "aws:endpoints": { value: JSON.stringify([{ iam: "http://127.0.0.1:1" }]) },
        "kubernetes:kubeconfig": { value: kubeconfig },
      },
      new Set(),
    );
    assert.equal(cloud.kubernetes().access.namespace, "project");
    assert.equal(cloud.kubernetes(), cloud.kubernetes());
    assert.equal((await cloud.iam().config.endpoint?.())?.port, 1);
    assert.equal(cloud.secretsManager().config.endpoint, undefined);
    cloud.close();
  });

  it("need no settings before they are asked", () => {
    const cloud = openCloud({}, new Set());
    cloud.close();
    assert.throws(
      () => openCloud({ "kubernetes:kubeconfig": { value: "{}" } }, new Set()).kubernetes(),
      /kubeconfig/,
    );
  });
});
