import assert from "node:assert/strict";
import { sourcesIn } from "../../policies/dependencies";

const PASSWORD = "urn:pulumi:dev::project::random:index/randomPassword:RandomPassword::key";

const password = { type: "random:index/randomPassword:RandomPassword", name: "key" };

describe("policies/dependencies: on what the properties of a resource depend", () => {
  const SECRET = "kubernetes:core/v1:Secret";

  it("is what the engine names for each", () => {
    const sources = sourcesIn("gcp:secretmanager/secretVersion:SecretVersion", [
      ["secretData", [PASSWORD]],
    ]);
    assert.deepEqual(sources, { secretData: [password] });
  });

  it("is for a secret of Kubernetes what its text depends on, since its provider moves that to the data", () => {
    assert.deepEqual(sourcesIn(SECRET, [["stringData", [PASSWORD]]]).data, [password]);
  });

  it("is nothing for data that a program writes beside a text: neither vouches for the other", () => {
    const both = [
      ["data", []],
      ["stringData", [PASSWORD]],
    ] as const;
    assert.deepEqual(sourcesIn(SECRET, both), { data: [], stringData: [password] });
  });

  it("is nothing more for what merely has properties of those names", () => {
    const sources = sourcesIn("example:index:Secret", [["stringData", [PASSWORD]]]);
    assert.deepEqual(sources, { stringData: [password] });
  });
});
