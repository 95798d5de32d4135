import assert from "node:assert/strict";
import { noPlaintextCredentialInCloudRunEnv } from "../../../policies/rules/no-plaintext-credential-in-cloud-run-env";
import { noPlaintextCredentialInConfigMap } from "../../../policies/rules/no-plaintext-credential-in-config-map";
import { noPlaintextCredentialInEnvironment } from "../../../policies/rules/no-plaintext-credential-in-environment";
import { noPlaintextCredentialInKubernetesEnv } from "../../../policies/rules/no-plaintext-credential-in-kubernetes-env";
import { noPlaintextCredentialInLambdaEnv } from "../../../policies/rules/no-plaintext-credential-in-lambda-env";
import { noPlaintextCredentialInUserData } from "../../../policies/rules/no-plaintext-credential-in-user-data";
import { printable } from "../../../policies/message";
import { Rule } from "../../../policies/rule";
import { findings } from "../harness";
import { service } from "./cloud-run";

const VALUE = "canary-hunter2hunter";
const base64 = (text: string) => Buffer.from(text).toString("base64");

function paths(rule: Rule, type: string, properties: Record<string, unknown>): string[] {
  return findings(rule, { type, properties }).map(({ path }) => printable(path));
}

describe("the rules on plaintext credentials", () => {
  const document = JSON.stringify({ db: { password: "hunter2hunter" } });

  for (const text of [document, base64(document), JSON.stringify({ password: 12345678 })])
    it(`find a password in compact JSON: ${text}`, () => {
      const env = { name: "SETTINGS", value: text };
      assert.equal(findings(noPlaintextCredentialInCloudRunEnv, service(env)).length, 1);
      const lambda = { environment: { variables: { SETTINGS: text } } };
      const type = "aws:lambda/function:Function";
      assert.equal(paths(noPlaintextCredentialInLambdaEnv, type, lambda).length, 1);
      const map = { data: { "app.json": text } };
      const kind = "kubernetes:core/v1:ConfigMap";
      assert.equal(paths(noPlaintextCredentialInConfigMap, kind, map).length, 1);
    });

  for (const [name, value] of [
    ["DB_PASSWORD", "123456"],
    ["DB_PASSWORD", 12345678],
    ["DB_PASSWORD", "/hunter2/hunter2"],
    ["DB_PASSWORD", `$${VALUE}`],
    ["DB_PASSWORD", "$hunter2hunter"],
    ["DB_PASSWORD", `${VALUE}\${`],
    ["DB_PASSWORD", `a$(${VALUE}`],
    ["DB_PASSWORD", `{{${VALUE}`],
    ["DBPASS", VALUE],
    ["dbpass", VALUE],
  ] as const)
    it(`find ${name} with ${String(value).replace(VALUE, "a password")}`, () =>
      assert.equal(
        findings(noPlaintextCredentialInCloudRunEnv, service({ name, value })).length,
        1,
      ));

  for (const [name, value] of [
    ["PASSWORD_RESET_TEMPLATE", "d-0123456789abcdef"],
    ["SECRET_SCANNING", "nightly"],
    ["DB_PASSWORD", "$DB_PASSWORD"],
    ["DB_PASSWORD", "/run/secrets/db-password"],
    ["TOKENS", "4096"],
  ] as const)
    it(`let ${name} pass with ${value}`, () =>
      assert.deepEqual(findings(noPlaintextCredentialInCloudRunEnv, service({ name, value })), []));

  it("let a build's variables pass that name a secret or a parameter", () => {
    const build = (type: string) => ({
      environment: {
        environmentVariables: [{ name: "DB_PASSWORD", type, value: "app/db:password" }],
      },
    });
    const type = "aws:codebuild/project:Project";
    for (const kind of ["SECRETS_MANAGER", "PARAMETER_STORE"])
      assert.deepEqual(paths(noPlaintextCredentialInEnvironment, type, build(kind)), []);
    assert.equal(paths(noPlaintextCredentialInEnvironment, type, build("PLAINTEXT")).length, 1);
  });

  it("find a variable in a list of texts", () => {
    const envs = ["MODE=live", `DB_PASSWORD=${VALUE}`, "TOKEN_TTL=3600"];
    assert.deepEqual(
      paths(noPlaintextCredentialInEnvironment, "docker:index/container:Container", { envs }),
      ["envs[1]"],
    );
  });

  const pod = (container: object) => ({ spec: { containers: [{ name: "app", ...container }] } });
  const POD = "kubernetes:core/v1:Pod";

  it("find a password in the words of a command", () => {
    for (const container of [
      { args: ["serve", `--db-password=${VALUE}`] },
      { args: ["--db-password", VALUE] },
      { command: ["sh", "-c", `export DB_PASSWORD=${VALUE}; exec app`] },
      { livenessProbe: { exec: { command: ["sh", "-c", `PGPASSWORD=${VALUE} psql`] } } },
    ])
      assert.equal(
        paths(noPlaintextCredentialInUserData, POD, pod(container)).length,
        1,
        JSON.stringify(container),
      );
    const containerDefinitions = JSON.stringify([{ command: ["--token", VALUE] }]);
    assert.equal(
      paths(noPlaintextCredentialInUserData, "aws:ecs/taskDefinition:TaskDefinition", {
        containerDefinitions,
      }).length,
      1,
    );
  });

  it("let commands pass that take it from elsewhere or hold a digest", () => {
    const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for (const args of [
      ["--db-password=$(DB_PASSWORD)"],
      ["--db-password", "$(DB_PASSWORD)"],
      ["--token-file", "/run/secrets/token"],
      [`--config-sum=${digest}`, digest],
    ])
      assert.deepEqual(paths(noPlaintextCredentialInUserData, POD, pod({ args })), []);
  });

  it("find a password in the header of a probe", () => {
    const probe = (name: string, value: string) =>
      pod({ livenessProbe: { httpGet: { path: "/", httpHeaders: [{ name, value }] } } });
    const rule = noPlaintextCredentialInKubernetesEnv;
    const basic = `Basic ${base64(`app:${VALUE}`)}`;
    assert.equal(paths(rule, POD, probe("Authorization", basic)).length, 1);
    assert.equal(paths(rule, POD, probe("X-Api-Key", VALUE)).length, 1);
    assert.deepEqual(paths(rule, POD, probe("Accept", "application/json")), []);
  });

  for (const userData of [
    "DB_PASSWORD=`cat /run/secrets/db`\n",
    "#cloud-config\npassword_authentication: no\nssh_pwauth: false\n",
  ])
    it(`let user data pass: ${JSON.stringify(userData)}`, () =>
      assert.deepEqual(
        paths(noPlaintextCredentialInUserData, "aws:ec2/instance:Instance", { userData }),
        [],
      ));

  for (const text of ["token: req.headers.token\n", "existingSecret: app-db\n"])
    it(`let an entry of a ConfigMap pass: ${JSON.stringify(text)}`, () =>
      assert.deepEqual(
        paths(noPlaintextCredentialInConfigMap, "kubernetes:core/v1:ConfigMap", {
          data: { "app.yaml": text },
        }),
        [],
      ));

  for (const text of ["db:\n  password: hunter2hunter\n", "FOO=\nDB_PASSWORD=hunter2hunter\n"])
    it(`find the password in ${JSON.stringify(text)}`, () =>
      assert.equal(
        paths(noPlaintextCredentialInConfigMap, "kubernetes:core/v1:ConfigMap", {
          data: { "app.yaml": text },
        }).length,
        1,
      ));
});
