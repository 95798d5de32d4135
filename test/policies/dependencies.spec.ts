import assert from "node:assert/strict";
import { sourcesIn } from "../../policies/dependencies";

const PASSWORD = "urn:pulumi:dev::project::random:index/randomPassword:RandomPassword::key";
const OTHER = "urn:pulumi:dev::project::tls:index/privateKey:PrivateKey::pair";

const password = { type: "random:index/randomPassword:RandomPassword", name: "key" };
const other = { type: "tls:index/privateKey:PrivateKey", name: "pair" };

describe("policies/dependencies: on what the properties of a resource depend", () => {
  it("is what the engine names for each", () => {
    assert.deepEqual(sourcesIn([["secretData", [PASSWORD]]]), { secretData: [password] });
  });

  it("is for a secret of Kubernetes what its text depends on, too, since its provider moves that to the data", () => {
    const { data } = sourcesIn([
      ["stringData", [PASSWORD]],
      ["data", [OTHER]],
    ]);
    assert.deepEqual(data, [other, password]);
    assert.deepEqual(sourcesIn([["stringData", [PASSWORD]]]).data, [password]);
  });
});
