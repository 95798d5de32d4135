import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  acceptedEnv,
  cloudSqlVolume,
  containerEnv,
  generationAnnotations,
} from "../../../components";
import { settled } from "../../support/mocks";

describe("components/consumers/cloud-run", () => {
  it("gives a container its plain variables first, and each secret by a pinned version", () => {
    const env = containerEnv({
      project: "example-project",
      location: "europe-west1",
      serviceName: "app",
      image: "images.example.com/app:1",
      serviceAccount: "app@example.com",
      env: { A: "1", B: "2" },
      secretEnv: [{ name: "KEY", secretId: "key", version: "4" }],
      generations: {},
    });
    assert.deepStrictEqual(env, [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
      { name: "KEY", valueSource: { secretKeyRef: { secret: "key", version: "4" } } },
    ]);
  });

  it("names accepted generations by their slots, so that a rotation adds and removes and never renames", async () => {
    const versions = { b: pulumi.output("2"), a: pulumi.output("3") };
    const env = acceptedEnv("KEY", "key", versions);
    assert.deepEqual(
      env.map(({ name, secretId }) => [name, secretId]),
      [
        ["KEY_ACCEPTED_B", "key"],
        ["KEY_ACCEPTED_A", "key"],
      ],
    );
    const pinned = env.map(({ version }) => settled(pulumi.output(version)));
    assert.deepEqual(
      (await Promise.all(pinned)).map(({ value }) => value),
      ["2", "3"],
    );
  });

  it("shows each secret's generation as text", () => {
    assert.deepStrictEqual(generationAnnotations({ KEY: 5, OTHER: 1 }), {
      "rekey.generation/KEY": "5",
      "rekey.generation/OTHER": "1",
    });
  });

  it("mounts a database's socket only where one is connected", () => {
    assert.deepStrictEqual(cloudSqlVolume(undefined), {
      volumes: undefined,
      volumeMounts: undefined,
    });
    assert.deepStrictEqual(cloudSqlVolume("example-project:europe-west1:db"), {
      volumes: [
        {
          name: "cloudsql",
          cloudSqlInstance: { instances: ["example-project:europe-west1:db"] },
        },
      ],
      volumeMounts: [{ name: "cloudsql", mountPath: "/cloudsql" }],
    });
  });
});
