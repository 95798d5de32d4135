import assert from "node:assert/strict";
import { propertiesOf } from "../../policies/leaves";
import { printable } from "../../policies/message";
import { Place, spotsOf } from "../../policies/spots";
import { secret, unknown } from "./harness";

function at(type: string, properties: Record<string, unknown>): string[] {
  return spotsOf(type, propertiesOf(properties)).map(
    ({ leaf, place, name }) => `${printable(leaf.path)} ${place} ${name ?? "-"}`,
  );
}

describe("spots", () => {
  const cases: [string, string, Record<string, unknown>, string[]][] = [
    [
      "a store by the reviewed list",
      "vault:kv/secretV2:SecretV2",
      { dataJson: "{}" },
      ["dataJson store dataJson"],
    ],
    [
      "a credential by its schema",
      "aws:elasticache/user:User",
      { passwords: ["x"] },
      ["passwords[0] credential passwords"],
    ],
    [
      "a credential inside a structure",
      "aws:mq/broker:Broker",
      { users: [{ password: "x" }] },
      ["users[0].password credential password"],
    ],
    [
      "a credential by its name",
      "example:index:Agent",
      { a: { apiToken: "x", token: { secretName: "y" } } },
      ["a.apiToken credential apiToken", "a.token.secretName elsewhere secretName"],
    ],
    [
      "what the schema of a known type does not mark",
      "gcp:cloudrunv2/job:Job",
      { runExecutionToken: "x" },
      ["runExecutionToken elsewhere runExecutionToken"],
    ],
    [
      "what an issuer hands out",
      "random:index/randomPassword:RandomPassword",
      { result: "x" },
      ["result material result"],
    ],
    [
      "a list of variables",
      "kubernetes:core/v1:Pod",
      { spec: { env: [{ name: "A", value: "1" }] } },
      ["spec.env[0].value environment A"],
    ],
    [
      "a map of variables",
      "aws:lambda/function:Function",
      { environment: { variables: { A: "1" } } },
      ["environment.variables.A environment A"],
    ],
    [
      "variables within a JSON text",
      "aws:ecs/taskDefinition:TaskDefinition",
      { containerDefinitions: '[{"environment":[{"name":"A","value":"1"}]}]' },
      ["containerDefinitions[0].environment[0].value environment A"],
    ],
    [
      "a list of variables as texts",
      "docker:index/container:Container",
      { envs: ["A=1=2", "alone"] },
      ["envs[0] environment A", "envs[1] elsewhere envs"],
    ],
    [
      "a variable that names a secret",
      "aws:codebuild/project:Project",
      { environmentVariables: [{ name: "A", type: "SECRETS_MANAGER", value: "app/db" }] },
      [
        "environmentVariables[0].type elsewhere type",
        "environmentVariables[0].value elsewhere value",
      ],
    ],
    [
      "the words of a command, with the options that they are for",
      "kubernetes:core/v1:Pod",
      { spec: { args: ["serve", "--token", "x", "-v"] } },
      [
        "spec.args[0] user-data args",
        "spec.args[1] user-data args",
        "spec.args[2] user-data token",
        "spec.args[3] user-data args",
      ],
    ],
    [
      "the headers of a probe",
      "kubernetes:core/v1:Pod",
      { spec: { httpHeaders: [{ name: "Authorization", value: "x" }] } },
      ["spec.httpHeaders[0].value environment Authorization"],
    ],
    [
      "a provider's settings in JSON",
      "pulumi:providers:docker",
      { registryAuth: '[{"address":"a","password":"x"}]' },
      ["registryAuth[0].address elsewhere address", "registryAuth[0].password credential password"],
    ],
    [
      "a provider's settings that are not known yet",
      "pulumi:providers:vault",
      { authLoginUserpass: unknown, address: unknown },
      ["authLoginUserpass consumer -", "address elsewhere address"],
    ],
    ["a kubeconfig", "pulumi:providers:kubernetes", { kubeconfig: "x" }, ["kubeconfig consumer -"]],
    [
      "the name of another stack, and none of its outputs",
      "pulumi:pulumi:StackReference",
      { name: "a/b/c", outputs: { password: "x" } },
      ["name label -"],
    ],
    [
      "the name of a Secret's entry in a custom resource",
      "kubernetes:example.com/v1:Sync",
      { spec: { secretKey: "password" } },
      ["spec.secretKey elsewhere secretKey"],
    ],
    [
      "a value of a chart",
      "kubernetes:helm.sh/v3:Release",
      { values: { secretKey: "x" } },
      ["values.secretKey credential secretKey"],
    ],
    [
      "an entry of a ConfigMap",
      "kubernetes:core/v1:ConfigMap",
      { data: { a: "1" } },
      ["data.a config-map a"],
    ],
    [
      "user data",
      "gcp:compute/instance:Instance",
      { metadata: { "startup-script": "x" } },
      ["metadata.startup-script user-data -"],
    ],
    ["tags as a map", "aws:s3/bucket:Bucket", { tags: { a: "1" } }, ["tags.a label a"]],
    [
      "tags as a list",
      "aws:autoscaling/group:Group",
      { tags: [{ key: "a", value: "1" }] },
      ["tags[0].key label a", "tags[0].value label a"],
    ],
    [
      "a name at the top, but not of a part",
      "kubernetes:core/v1:Pod",
      { metadata: { name: "x" }, spec: { volumes: [{ name: "y" }] } },
      ["metadata.name label -", "spec.volumes[0].name elsewhere name"],
    ],
    ["an output of the stack", "pulumi:pulumi:Stack", { a: { b: "1" } }, ["a.b output a"]],
    [
      "a command's input",
      "command:local:Command",
      { create: "x", stdin: "y", environment: { A: "z" } },
      ["create user-data -", "stdin consumer -", "environment.A consumer A"],
    ],
    [
      "a sealed parameter",
      "aws:ssm/parameter:Parameter",
      { name: "/app/key", type: "SecureString", value: "x" },
      ["name label -", "type elsewhere type", "value store key"],
    ],
    [
      "an unsealed parameter",
      "aws:ssm/parameter:Parameter",
      { name: "/app/key", type: "String", value: "x" },
      ["name label -", "type elsewhere type", "value environment key"],
    ],
  ];
  for (const [what, type, properties, expected] of cases)
    it(`knows ${what}`, () => assert.deepEqual(at(type, properties), expected));

  it("goes on behind what is not known yet", () => {
    const properties = {
      template: unknown,
      containers: [unknown, { env: unknown }],
      password: unknown,
    };
    assert.deepEqual(at("example:index:Workload", properties), [
      "template elsewhere template",
      "containers[0] elsewhere containers",
      "containers[1].env environment -",
      "password credential password",
    ]);
  });

  it("says where the mark is the SDK's own", () => {
    const marks = (type: string, properties: Record<string, unknown>) =>
      spotsOf(type, propertiesOf(properties)).map(({ bySdk }) => bySdk === true);
    assert.deepEqual(marks("gcp:sql/user:User", { password: secret("x"), host: secret("y") }), [
      true,
      false,
    ]);
  });

  it("knows no other places than those named", () => {
    const known: Place[] = [
      "store",
      "credential",
      "material",
      "consumer",
      "environment",
      "config-map",
      "user-data",
      "label",
      "output",
      "elsewhere",
    ];
    for (const [, type, properties] of cases)
      for (const { place } of spotsOf(type, propertiesOf(properties)))
        assert.ok(known.includes(place));
  });
});
