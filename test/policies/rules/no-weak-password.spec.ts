import assert from "node:assert/strict";
import { printable } from "../../../policies/message";
import { noWeakPassword as rule } from "../../../policies/rules/no-weak-password";
import { findings } from "../harness";

function paths(type: string, properties: Record<string, unknown>): string[] {
  return findings(rule, { type, properties }).map(({ path }) => printable(path));
}

describe("no-weak-password", () => {
  it("finds a default password in a ConfigMap, as an entry and in a file", () => {
    const type = "kubernetes:core/v1:ConfigMap";
    assert.deepEqual(paths(type, { data: { DB_PASSWORD: "changeme" } }), ["data.DB_PASSWORD"]);
    assert.deepEqual(paths(type, { data: { "app.env": "MODE=live\nDB_PASSWORD=changeme\n" } }), [
      "data.app.env",
    ]);
    assert.deepEqual(paths(type, { data: { "app.env": "DB_PASSWORD=${DB_PASSWORD}\n" } }), []);
  });

  it("finds a default password in user data", () =>
    assert.deepEqual(
      paths("aws:ec2/instance:Instance", {
        userData: "#!/bin/sh\nexport DB_PASSWORD=changeme\n",
      }),
      ["userData"],
    ));

  it("finds a default password in a variable, but not a token of the same word", () => {
    const variables = { DB_PASSWORD: "changeme", API_TOKEN: "changeme" };
    assert.deepEqual(paths("aws:lambda/function:Function", { environment: { variables } }), [
      "environment.variables.DB_PASSWORD",
    ]);
  });

  it("finds a number that is too short for a password", () =>
    assert.deepEqual(paths("gcp:sql/user:User", { name: "app", password: 1234567 }), ["password"]));
});
