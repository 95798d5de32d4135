import assert from "node:assert/strict";
import { StackConfiguration } from "../../policies/configuration";
import { Leaf, leaves, propertiesOf } from "../../policies/leaves";
import { Surroundings, generatedValues, generates, originOf } from "../../policies/provenance";
import { secret, unknown } from "./harness";

const settings = new Map([
  ["example-project:plain", "a plain setting"],
  ["example-project:hidden", JSON.stringify({ a: { value: "a hidden setting" } })],
  [
    "example-project:pair",
    JSON.stringify({ a: { value: '{"id":"a paired id","secret":"a paired secret"}' } }),
  ],
  ["example-project:short", "ab"],
]);
const surroundings: Surroundings = {
  configuration: new StackConfiguration(
    settings,
    new Set(["example-project:hidden", "example-project:pair"]),
  ),
  generated: new Set(["a generated value"]),
  sources: { linked: [{ type: "gcp:sql/user:User", name: "user" }] },
};

function originIn(property: string, value: unknown) {
  const [leaf] = leaves(propertiesOf({ [property]: value })) as Iterable<Leaf>;
  return originOf(leaf!, surroundings);
}

describe("provenance", () => {
  for (const [what, property, value, expected] of [
    ["an unknown", "linked", unknown, "unknown"],
    ["a marked unknown", "free", secret(unknown), "unknown"],
    ["a plain setting", "free", "a plain setting", "config"],
    ["a hidden setting within a text", "linked", secret("x a hidden setting"), "config"],
    ["a part of a hidden pair", "free", secret("a paired secret"), "config"],
    ["a generated value", "linked", secret("a generated value"), "generated"],
    ["a generated value without its mark", "free", "a generated value", "generated"],
    ["a dependent value", "linked", "something else", "dependency"],
    ["a marked text", "free", secret("something else"), "secret"],
    ["a text", "free", "something else", "literal"],
    ["a text that a short setting occurs in", "free", "cabin", "literal"],
    ["a number", "free", 3, "literal"],
  ] as const)
    it(`calls ${what} ${expected}`, () =>
      assert.equal(originIn(property, value).provenance, expected));

  it("says which setting it was, and on what the property depends", () => {
    assert.equal(originIn("free", "a plain setting").plainConfiguration, true);
    assert.equal(originIn("free", "x a plain setting").plainConfiguration, false);
    assert.equal(originIn("free", "a hidden setting").secretConfiguration, true);
    assert.deepEqual(originIn("linked", unknown).sources, surroundings.sources?.["linked"]);
  });

  it("takes the values of a stored document for generated, and the user names beside them for none", () => {
    const data = { value: "a stored value", username: "example_a", username_b: "example_b" };
    const type = "vault:kv/secretV2:SecretV2";
    const properties = propertiesOf({ data: secret(data) });
    assert.deepEqual([...generatedValues([{ type, properties }])], ["a stored value"]);
  });

  it("knows generators and issuers by type; a random name or id is no secret", () => {
    for (const type of [
      "random:index/randomPassword:RandomPassword",
      "random:index/randomBytes:RandomBytes",
      "tls:index/privateKey:PrivateKey",
      "gcp:serviceaccount/key:Key",
    ])
      assert.equal(generates(type), true);
    for (const type of [
      "gcp:sql/user:User",
      "randomness:index:Other",
      "pulumi:pulumi:Stack",
      "random:index/randomPet:RandomPet",
      "random:index/randomId:RandomId",
      "random:index/randomUuid:RandomUuid",
    ])
      assert.equal(generates(type), false);
  });
});
