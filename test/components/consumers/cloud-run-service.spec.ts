import assert from "node:assert/strict";
import { CloudRunService, CloudRunServiceArgs } from "../../../components";
import { managed, named, run, settled } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

const args: CloudRunServiceArgs = {
  project: "example-project",
  location: "europe-west1",
  serviceName: "app-api",
  image: "images.example.com/app:1",
  serviceAccount: "app@example.com",
  env: { APP_MODE: "api" },
  secretEnv: [{ name: "KEY", secretId: "app-key", version: "2" }],
  generations: { KEY: 2 },
};

function service(rest: Partial<CloudRunServiceArgs> = {}) {
  return run(() => new CloudRunService("api", { ...args, ...rest }));
}

const inputs = {
  project: "example-project",
  location: "europe-west1",
  name: "app-api",
  ingress: "INGRESS_TRAFFIC_ALL",
  deletionProtection: true,
  template: {
    serviceAccount: "app@example.com",
    annotations: { "rekey.generation/KEY": "2" },
    scaling: { minInstanceCount: 1, maxInstanceCount: 10 },
    containers: [
      {
        image: "images.example.com/app:1",
        envs: [
          { name: "APP_MODE", value: "api" },
          { name: "KEY", valueSource: { secretKeyRef: { secret: "app-key", version: "2" } } },
        ],
        startupProbe: {
          httpGet: { path: "/readyz" },
          periodSeconds: 2,
          timeoutSeconds: 2,
          failureThreshold: 15,
        },
      },
    ],
  },
};

describe("components/consumers/cloud-run-service", () => {
  it("is one service that pins its secrets and is ready only once it works with them; nobody is let in", async () => {
    const { result, resources } = await service();
    const [only, ...others] = managed(resources);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "api-service");
    assert.equal(only.type, "gcp:cloudrunv2/service:Service");
    assert.deepStrictEqual(only.inputs, inputs);
    assert.deepEqual(optionsOf(only), NO_OPTIONS);
    assert.equal((await settled(result.uri)).value, "https://app-api.example.com");
    assert.equal((await settled(result.revision)).value, "app-api-00001");
  });

  it("lets anybody call it only where that is declared", async () => {
    const { resources } = await service({ public: true });
    const { type, inputs } = named(resources, "api-invoker");
    assert.equal(type, "gcp:cloudrunv2/serviceIamMember:ServiceIamMember");
    assert.deepStrictEqual(inputs, {
      project: "example-project",
      location: "europe-west1",
      name: "app-api",
      role: "roles/run.invoker",
      member: "allUsers",
    });
    assert.equal(managed((await service({ public: false })).resources).length, 1);
  });

  it("takes ingress, ready path, instances and a database socket from its arguments", async () => {
    const { resources } = await service({
      ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      readyPath: "/healthz",
      minInstances: 0,
      maxInstances: 3,
      cloudSqlConnection: "example-project:europe-west1:db",
    });
    const [container] = inputs.template.containers;
    assert.deepStrictEqual(named(resources, "api-service").inputs, {
      ...inputs,
      ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      template: {
        ...inputs.template,
        scaling: { minInstanceCount: 0, maxInstanceCount: 3 },
        volumes: [
          {
            name: "cloudsql",
            cloudSqlInstance: { instances: ["example-project:europe-west1:db"] },
          },
        ],
        containers: [
          {
            ...container,
            volumeMounts: [{ name: "cloudsql", mountPath: "/cloudsql" }],
            startupProbe: { ...container?.startupProbe, httpGet: { path: "/healthz" } },
          },
        ],
      },
    });
  });
});
