import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import {
  AT_REST,
  AwsSecretReader,
  AwsSecretsManager,
  KubernetesWorkload,
  RotationFunction,
  SYNCED_LABELS,
  Token,
  syncedSecretEnv,
} from "../../components";
import { rotationArchive } from "../../functions/rotation/archive";
import { rotationCode } from "../../functions/rotation/bundle";
import { until } from "../../rehearsal/processes";
import { AwsIdentities, AWS_ROLES } from "../../rehearsal/systems/project/aws-identities";
import { APP } from "../../rehearsal/systems/project/clouds";
import { type Traffic, startTraffic } from "../../rehearsal/traffic";
import { FakeClusterSync, type SyncedObject } from "../support/fake-cluster-sync";
import { FakeSecretMount } from "../support/fake-secret-mount";
import { FULL, SEED, sample, seeded } from "../support/random";
import { ENGINE_MS } from "../support/rehearsal";
import { runRotation } from "../support/rotation-child";
import { NAMESPACE, startFake, type Started } from "./clouds/kubernetes/fixture";
import { AwsStack } from "./providers/aws/stack";

const NAME = "project/prod/openclaw-gateway-token";
const OBJECT = "openclaw-gateway-token";
const IMAGE = "images.example.com/project/agents:1.0.0";
const FUNCTION = "rotate-tokens";
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const RATE = 50;
/** Takes each pod several times, since the fake's services hand requests round. */
const ASKS = 8;
const LATE_MS = 2_000;
const EARLY_MS = 50;
const SETTLED_MS = 60_000;
/** A rotation sends about so many things over the network before it waits; it is killed before one of them. */
const KILL_POINTS = 12;
const ROTATIONS = sample(6, 1);

const ACCEPTED: SyncedObject = {
  ...{ name: `${OBJECT}-accepted`, secretId: NAME },
  data: Object.entries(SYNCED_LABELS),
};
const USED: SyncedObject = { name: OBJECT, secretId: NAME, data: [["value", "AWSCURRENT"]] };
/** What the clients' own workload would mount; in the same namespace, for want of another. */
const CLIENTS: SyncedObject = { ...USED, name: "gateway-clients" };

describe(`a token that a rotation function rotates, brought to pods and clients by a fake of the cluster's sync (REKEY_SEED=${SEED})`, function () {
  this.timeout(ENGINE_MS);
  const random = seeded(SEED);
  let stack: AwsStack;
  let started: Started;
  let identities: AwsIdentities;
  let clients: { sync: FakeClusterSync; mount: FakeSecretMount };
  let pods: FakeClusterSync;
  let podsSync: () => FakeClusterSync;
  let traffic: Traffic;

  /** The program as stacks/project declares it; the address where tokens are accepted is known once the gateway runs. */
  const program = (url?: string) => () => {
    const { generations } = new Token("gateway", { record: AT_REST });
    const { arn, generation } = new AwsSecretsManager("gateway-aws", {
      ...{ secretName: NAME, generations, rotatedBy: "function" },
    });
    const role = AWS_ROLES.agents;
    const reads = { role, policyName: "project-agents-reads", secrets: { gateway: arn } };
    const reader = new AwsSecretReader("agents-reads", reads);
    const env = {
      DELEGATION_JWT_SECRET: "example-of-a-key-that-signs-nothing",
      OPENROUTER_URL: "http://127.0.0.1:9",
      OPENROUTER_API_KEY: "example",
    };
    const secretEnv = syncedSecretEnv("OPENCLAW_GATEWAY_TOKEN", OBJECT, "many");
    const { uri } = new KubernetesWorkload(
      "agents",
      {
        ...{ namespace: NAMESPACE, workloadName: "agents", image: IMAGE, port: 8001 },
        ...{ env, secretEnv, generations: {}, exposed: true, drainSeconds: 2 },
      },
      { dependsOn: [reader] },
    );
    if (url !== undefined)
      new RotationFunction("rotate", {
        ...{ functionName: FUNCTION, kind: "token", secrets: { gateway: arn } },
        ...{ region: stack.aws.region, accountId: stack.aws.accountId },
        // The emulator's runtime has no clients of AWS's own, unlike the real one.
        code: rotationArchive({ withClients: true }),
        acceptedAt: { gateway: { url: `${url}/gateway`, asks: ASKS } },
      });
    return Promise.resolve({ uri, generation });
  };

  before(async () => {
    [stack, started] = await Promise.all([
      AwsStack.start(),
      startFake({ [IMAGE]: { command: [...APP], env: { APP_MODE: "project-agents" } } }),
    ]);
    const kubeconfig = started.fake.kubeconfig().reveal();
    await stack.project.configure({}, { "kubernetes:kubeconfig": kubeconfig });
    identities = await AwsIdentities.make(stack.aws);
    const reader = await identities.as(AWS_ROLES.agents);
    const place = { reader, cluster: started.client, namespace: NAMESPACE };
    podsSync = () =>
      new FakeClusterSync({ ...place, objects: [USED, ACCEPTED], intervalMs: LATE_MS });
    pods = podsSync();
    const mount = { ...place, name: CLIENTS.name, dir: join(stack.project.dir, "mount") };
    clients = {
      sync: new FakeClusterSync({ ...place, objects: [CLIENTS], intervalMs: EARLY_MS }),
      mount: new FakeSecretMount({ ...mount, intervalMs: EARLY_MS }),
    };
    await stack.project.up(program());
    await stack.project.up(program(gateway()));
    await writeFile(join(stack.project.dir, "index.js"), rotationCode());
    await until("the clients have a token", async () => (await token()) !== "", SETTLED_MS);
    const send = async () => statusFor(await token());
    const logIn = () => Promise.resolve({});
    const requests = [{ kind: "gateway", url: gateway(), send }];
    traffic = await startTraffic({ requests, rate: RATE, logIn });
  });
  after(async () => {
    await traffic?.stop();
    await Promise.all([clients?.mount.stop(), clients?.sync.stop(), pods?.stop()]);
    await identities?.close();
    await started?.stop();
    await stack?.stop();
  });

  const gateway = () => started.fake.serviceUrl(NAMESPACE, "agents") ?? "";

  /** What the clients find in their mount. */
  const token = () => readFile(join(stack.project.dir, "mount", "value"), "utf8");

  async function statusFor(bearer: string): Promise<number> {
    const headers = { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${gateway()}/gateway`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Begins a rotation as the service does. */
  async function begin(): Promise<{ id: string; version: string }> {
    const version = randomUUID();
    const begun = new RotateSecretCommand({ SecretId: NAME, ClientRequestToken: version });
    const { ARN = "" } = await stack.client().send(begun);
    return { id: ARN, version };
  }

  /** Calls the deployed function once; its failure is told by the service's own log only. */
  async function call(Step: string, { id, version }: { id: string; version: string }) {
    const { url, region, accessKeyId, secretAccessKey } = stack.aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    const Payload = JSON.stringify({ Step, SecretId: id, ClientRequestToken: version });
    const lambda = new LambdaClient({ endpoint: url, region, credentials });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Payload }));
    assert.equal(answer.FunctionError, undefined, Buffer.from(answer.Payload ?? []).toString());
  }

  /** Runs all four steps in a process that kills itself before the nth time that it sends something; true where it did. */
  async function inProcess(
    { id, version }: { id: string; version: string },
    { crashAt, waits = true }: { crashAt?: number; waits?: boolean },
  ): Promise<boolean> {
    const at = JSON.stringify({ [id]: { url: `${gateway()}/gateway`, asks: ASKS } });
    const { signal } = await runRotation({
      ...{ aws: stack.aws, bundle: join(stack.project.dir, "index.js") },
      ...{ secretId: id, version, crashAt },
      variables: { REKEY_ROTATION_KIND: "token", ...(waits ? { REKEY_ACCEPTED_AT: at } : {}) },
    });
    return signal === "SIGKILL";
  }

  /** Waits until the sync has brought what the store says now, and every pod runs with it. */
  async function settled(): Promise<void> {
    const { refreshes } = pods;
    await until("the sync ran", () => pods.refreshes > refreshes + 1, SETTLED_MS);
    const kind = { apiVersion: "apps/v1", plural: "deployments", namespace: NAMESPACE };
    await until(
      "every pod runs with it",
      async () => {
        const found = await started.client.read({ ...kind, name: "agents" });
        const { updatedReplicas } = found?.["status"] as { updatedReplicas: number };
        const all = await started.client.list(
          { apiVersion: "v1", plural: "pods", namespace: NAMESPACE },
          { "app.kubernetes.io/name": "agents" },
        );
        return updatedReplicas === 2 && all.length === 2;
      },
      SETTLED_MS,
    );
    assert.equal(pods.problem, undefined);
  }

  /** Rotates: killed at some point, entered again from the first step by the deployed function, as the service does. */
  async function rotate(crashAt: number): Promise<void> {
    const rotation = await begin();
    const wasKilled = await inProcess(rotation, { crashAt });
    assert.ok(wasKilled, `it was through before point ${crashAt}`);
    for (const step of STEPS) await call(step, rotation);
  }

  const nothingFailed = () => {
    const { failed, failures, sent } = traffic.report();
    assert.equal(failed, 0, JSON.stringify(failures));
    return sent;
  };

  /** Holds the sync back while a rotation goes on, until its token is there and refused. */
  async function late(rotating: Promise<void>): Promise<void> {
    await pods.stop();
    const pending = () => stack.value(NAME, "AWSPENDING");
    await until("it is pending", async () => (await pending()) !== undefined, SETTLED_MS);
    assert.equal(await statusFor((await pending()) ?? ""), 401);
    pods = podsSync();
    await rotating;
  }

  it("changes without a failed request, although clients have it long before the pods are told, and the function is killed on the way", async () => {
    const first = await token();
    for (let round = 0; round < ROTATIONS; round++) {
      const [before, sent] = [await token(), nothingFailed()];
      const rotating = rotate(1 + Math.floor(random() * KILL_POINTS));
      await (round % 2 === 1 ? late(rotating) : rotating);
      await until(
        "the clients have the new one",
        async () => (await token()) !== before,
        SETTLED_MS,
      );
      await settled();
      assert.deepEqual([await statusFor(await token()), await statusFor(before)], [200, 200]);
      assert.ok(nothingFailed() > sent + RATE);
      // What is two rotations old is accepted no more.
      if (round > 0) assert.equal(await statusFor(first), 401);
    }
  });

  it("is left alone by the next update, which tells its generation", async () => {
    stack.changes();
    const writes = started.fake.writes.count();
    assert.deepEqual((await stack.project.up(program(gateway()))).steps, []);
    assert.deepEqual([stack.changes(), started.fake.writes.count()], [[], writes]);
    const { generation } = await stack.project.outputs();
    assert.equal(generation?.value, ROTATIONS + 1);
    assert.ok(!(await stack.project.state()).includes(await token()));
  });

  it("is refused in its former form once AWSPREVIOUS is taken off, and the one in use is not", async () => {
    const previous = (await stack.value(NAME, "AWSPREVIOUS")) ?? "";
    assert.equal(await statusFor(previous), 200);
    const { VersionIdsToStages = {} } = await stack
      .client()
      .send(new DescribeSecretCommand({ SecretId: NAME }));
    const holder = Object.entries(VersionIdsToStages).find(([, labels]) =>
      labels.includes("AWSPREVIOUS"),
    );
    await stack.client().send(
      new UpdateSecretVersionStageCommand({
        SecretId: NAME,
        VersionStage: "AWSPREVIOUS",
        RemoveFromVersionId: holder?.[0],
      }),
    );
    await settled();
    assert.deepEqual([await statusFor(previous), await statusFor(await token())], [401, 200]);
    nothingFailed();
  });

  if (FULL)
    it("would fail for its clients if it did not wait for those who verify it", async () => {
      const before = await token();
      await inProcess(await begin(), { waits: false });
      await until("the clients have it", async () => (await token()) !== before, SETTLED_MS);
      await settled();
      const { failed, failures } = traffic.report();
      assert.ok(failed > 0);
      assert.deepEqual([...new Set(failures.map(({ what }) => what))], ["status 401"]);
    });
});
