import assert from "node:assert/strict";
import {
  KubernetesCronJob,
  KubernetesSecret,
  RotationRecord,
  kubernetesSecretEnv,
} from "../../../components";
import { named, run } from "../../support/mocks";
import { RECORDS, withValues } from "../fixtures";

const namespace = "project";

async function job(record: RotationRecord) {
  const { resources } = await run(() => {
    const generations = withValues(record);
    const store = new KubernetesSecret("key", { namespace, secretName: "key", generations });
    return new KubernetesCronJob("backup", {
      ...{ namespace, jobName: "backup", image: "images.example.com/backup:1" },
      ...{ schedule: "0 2 * * *", env: { PLAIN: "1" } },
      secretEnv: kubernetesSecretEnv("KEY", store, "one"),
      generations: { KEY: store.generation },
    });
  });
  return resources;
}

describe("components/consumers/kubernetes-cron-job", () => {
  it("gives each run the generation that is active, never two runs at a time", async () => {
    const labels = { "app.kubernetes.io/name": "backup" };
    const annotations = { "rekey.generation/KEY": "2" };
    assert.deepStrictEqual(named(await job(RECORDS.grace), "backup-job").inputs, {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { namespace, name: "backup", labels, annotations },
      spec: {
        schedule: "0 2 * * *",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 3600,
            template: {
              metadata: { labels, annotations },
              spec: {
                serviceAccountName: "backup",
                automountServiceAccountToken: false,
                restartPolicy: "Never",
                containers: [
                  {
                    name: "backup",
                    image: "images.example.com/backup:1",
                    env: [
                      { name: "PLAIN", value: "1" },
                      {
                        name: "KEY",
                        valueFrom: { secretKeyRef: { name: "key-g2", key: "value" } },
                      },
                    ],
                  },
                ],
              },
            },
          },
        },
      },
    });
  });

  it("stays as it is while a generation is staged", async () => {
    const [before, after] = [await job(RECORDS.rest), await job(RECORDS.staged)];
    assert.deepStrictEqual(named(after, "backup-job"), named(before, "backup-job"));
  });
});
