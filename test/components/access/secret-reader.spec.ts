import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SecretReader } from "../../../components";
import { managed, run } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

const project = "example-project";
const member = "serviceAccount:app@example.com";

describe("components/access/secret-reader", () => {
  it("binds one member to exactly the secrets named, each on the secret itself, and may only read", async () => {
    const { resources } = await run(
      () =>
        new SecretReader("app-reads", {
          project,
          member: pulumi.output(member),
          secrets: { key: "app-key", password: pulumi.output("app-password") },
        }),
    );
    assert.deepStrictEqual(
      managed(resources).map(({ type, name, inputs }) => ({ type, name, inputs })),
      (["key", "password"] as const).map((short) => ({
        type: "gcp:secretmanager/secretIamMember:SecretIamMember",
        name: `app-reads-${short}`,
        inputs: {
          project,
          secretId: `app-${short}`,
          role: "roles/secretmanager.secretAccessor",
          member,
        },
      })),
    );
    for (const one of managed(resources)) assert.deepEqual(optionsOf(one), NO_OPTIONS);
  });

  it("binds nothing when nothing is read", async () => {
    const { resources } = await run(
      () => new SecretReader("app-reads", { project, member, secrets: {} }),
    );
    assert.deepEqual(managed(resources), []);
  });
});
