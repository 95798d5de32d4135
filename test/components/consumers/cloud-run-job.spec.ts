import assert from "node:assert/strict";
import { CloudRunJob } from "../../../components";
import { managed, run } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

describe("components/consumers/cloud-run-job", () => {
  it("is one job that runs again exactly when its token changes", async () => {
    const { resources } = await run(
      () =>
        new CloudRunJob("seed", {
          project: "example-project",
          location: "europe-west1",
          serviceName: "app-seed",
          image: "images.example.com/app:1",
          serviceAccount: "seed@example.com",
          env: { APP_MODE: "seed" },
          secretEnv: [{ name: "PASSWORD", secretId: "app-password", version: "3" }],
          generations: { PASSWORD: 3 },
          cloudSqlConnection: "example-project:europe-west1:db",
          runToken: "g3",
        }),
    );
    const [only, ...others] = managed(resources);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "seed-job");
    assert.equal(only.type, "gcp:cloudrunv2/job:Job");
    assert.deepEqual(optionsOf(only), NO_OPTIONS);
    assert.deepStrictEqual(only.inputs, {
      project: "example-project",
      location: "europe-west1",
      name: "app-seed",
      deletionProtection: true,
      launchStage: "BETA",
      runExecutionToken: "g3",
      template: {
        template: {
          serviceAccount: "seed@example.com",
          maxRetries: 1,
          volumes: [
            {
              name: "cloudsql",
              cloudSqlInstance: { instances: ["example-project:europe-west1:db"] },
            },
          ],
          containers: [
            {
              image: "images.example.com/app:1",
              envs: [
                { name: "APP_MODE", value: "seed" },
                {
                  name: "PASSWORD",
                  valueSource: { secretKeyRef: { secret: "app-password", version: "3" } },
                },
              ],
              volumeMounts: [{ name: "cloudsql", mountPath: "/cloudsql" }],
            },
          ],
        },
        annotations: { "rekey.generation/PASSWORD": "3" },
      },
    });
  });
});
