import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { parseDocument } from "yaml";
import { SYNCED_LABELS } from "../../components";
import { rotationCode } from "../../functions/rotation/bundle";
import { SECRET_CHANGES } from "../../rehearsal/clouds/aws/calls";
import { until } from "../../rehearsal/processes";
import { projectRehearsal } from "../../rehearsal/systems/project";
import { AWS_ROLES } from "../../rehearsal/systems/project/aws-identities";
import {
  type CountedAws,
  NAMESPACE,
  type ProjectClouds,
} from "../../rehearsal/systems/project/clouds";
import { urlOf } from "../../rehearsal/systems/project/cluster";
import type { SystemRehearsal } from "../../rehearsal/systems/system";
import { startTraffic } from "../../rehearsal/traffic";
import { FakeClusterSync } from "../support/fake-cluster-sync";
import { FULL } from "../support/random";
import { MATRIX_MS, type SystemUp, runRekey, settingsFile, systemUp } from "../support/rehearsal";
import { runRotation } from "../support/rotation-child";

const TOKEN = "OPENCLAW_GATEWAY_TOKEN";
const ENTRY = "openclaw-gateway-token";
const NAME = `project/prod/${ENTRY}`;
const RATE = 50;
const LATE_MS = 2_000;
const SETTLED_MS = 60_000;

describe("project with a token that a rotation function rotates, from its first update on, by npm run matrix", function () {
  this.timeout(MATRIX_MS);
  let project: SystemUp<ProjectClouds> | undefined;
  let sync: FakeClusterSync | undefined;

  /** As project is rehearsed, but for that token; the cluster's sync is there before the first update. */
  const system: SystemRehearsal<ProjectClouds> = {
    ...projectRehearsal,
    prepare: async (clouds, files) => {
      const settings = await projectRehearsal.prepare(clouds, files);
      const { aws, proxy, identities } = clouds.counted as CountedAws;
      sync = new FakeClusterSync({
        ...{ reader: await identities.as(AWS_ROLES.agents), cluster: clouds.kubernetes },
        ...{ namespace: NAMESPACE, intervalMs: LATE_MS },
        objects: [
          { name: ENTRY, secretId: NAME, data: [["value", "AWSCURRENT"]] },
          { name: `${ENTRY}-accepted`, secretId: NAME, data: Object.entries(SYNCED_LABELS) },
        ],
      });
      const own = settings["rekey:project"] as { aws: object };
      const services = ["secretsmanager", "iam", "kms", "lambda"];
      const endpoints = Object.fromEntries(services.map((service) => [service, proxy.url]));
      const byFunction = { accountId: aws.accountId, rotatedByFunction: [TOKEN] };
      return {
        ...settings,
        "aws:endpoints": JSON.stringify([endpoints]),
        "rekey:project": { ...own, aws: { ...own.aws, ...byFunction } },
      };
    },
  };

  before(async function () {
    if (!FULL) return this.skip();
    project = await systemUp(system);
  });
  after(async () => {
    await sync?.stop();
    await project?.session.close();
  });

  function parts() {
    const { session } = project as SystemUp<ProjectClouds>;
    const { aws, proxy } = session.clouds.counted as CountedAws;
    const { url: endpoint, region, accessKeyId, secretAccessKey } = aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    const access = { endpoint, region, credentials };
    return { session, aws, proxy, access, client: new SecretsManagerClient(access) };
  }

  const current = async () =>
    (await parts().client.send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString ?? "";

  async function statusFor(bearer: string): Promise<number> {
    const headers = { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${urlOf(parts().session.clouds, "agents")}/gateway`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  }

  it("comes up at once, and its agents accept the first token", async () => {
    assert.equal(await statusFor(await current()), 200);
  });

  it("changes under load without a failed request once the settings say where it is accepted, and no update touches it", async () => {
    const { session, aws, access, client, proxy } = parts();
    const file = settingsFile(session);
    const document = parseDocument(await readFile(file, "utf8"));
    const url = `${urlOf(session.clouds, "agents")}/gateway`;
    document.setIn(["config", "rekey:project", "aws", "acceptedAt", TOKEN], { url });
    await writeFile(file, document.toString());
    await session.update("say where the token is accepted");
    const { Environment } = await new LambdaClient(access).send(
      new GetFunctionConfigurationCommand({ FunctionName: "project-rotate-tokens" }),
    );
    const bundle = join(session.project.root, "index.js");
    await writeFile(bundle, rotationCode());
    const first = await current();
    // These clients ask the store itself, and so have the new token at the very moment.
    const send = async () => statusFor(await current());
    const logIn = () => Promise.resolve({});
    const traffic = await startTraffic({
      requests: [{ kind: "gateway", url, send }],
      rate: RATE,
      logIn,
    });
    try {
      const version = randomUUID();
      const { ARN: secretId = "" } = await client.send(
        new RotateSecretCommand({ SecretId: NAME, ClientRequestToken: version }),
      );
      const variables = Environment?.Variables ?? {};
      const { code, err } = await runRotation({ aws, bundle, secretId, version, variables });
      assert.equal(code, 0, err);
      const refreshes = sync?.refreshes ?? 0;
      await until("the sync ran", () => (sync?.refreshes ?? 0) > refreshes + 1, SETTLED_MS);
      const [now, before] = [await statusFor(await current()), await statusFor(first)];
      assert.deepEqual([now, before], [200, 200]);
      assert.notEqual(await current(), first);
    } finally {
      const { failed, failures, sent } = await traffic.stop();
      assert.equal(failed, 0, JSON.stringify(failures));
      assert.ok(sent > RATE);
    }
    proxy.forget();
    const { code, err } = await runRekey(session, ["up", "--expect-no-changes"]);
    assert.equal(code, 0, err);
    assert.deepEqual(
      proxy.calls.filter(({ name }) => SECRET_CHANGES.test(name)),
      [],
    );
    const { out } = await runRekey(session, ["status", "--json"]);
    const { secrets } = JSON.parse(out) as { secrets: { secret: string; generation: number }[] };
    assert.equal(secrets.find(({ secret }) => secret === TOKEN)?.generation, 2);
  });
});
