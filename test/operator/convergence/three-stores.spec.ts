import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import {
  AwsSecretsManager,
  KubernetesSecret,
  type RotationRecord,
  Token,
  VaultKv,
} from "../../../components";
import type { SecretDeclaration } from "../../../components/inventory";
import { checkConvergence } from "../../../operator/convergence/check";
import { type ConvergenceRow, isConverged, rowOf } from "../../../operator/convergence/run";
import type { KnownResource } from "../../../operator/recovery/state";
import { startVault, type Vault } from "../../../rehearsal/clouds/vault";
import { NAMESPACE, startFake, type Started } from "../../rehearsal/clouds/kubernetes/fixture";
import { AwsStack } from "../../rehearsal/providers/aws/stack";
import { ENGINE_MS } from "../../support/rehearsal";
import { config } from "./stub";

const NAME = "project/prod/JWT_SECRET";
const PATH = "project/prod/jwt-secret";
const SECRET: SecretDeclaration = {
  name: "JWT_SECRET",
  class: "token",
  system: "project",
  group: "sessions",
  accepts: "many",
  source: "generated",
  stores: [
    `aws-secrets-manager:${NAME}`,
    `vault-kv:secret/${PATH}`,
    `kubernetes-secret:${NAMESPACE}/jwt-secret`,
  ],
  consumers: [],
  interruption: "none",
  interruptionInOneUpdate: "none",
};
const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const ROTATED: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };

describe("convergence of AWS, Vault and Kubernetes, on the real engine", function () {
  this.timeout(ENGINE_MS);
  let dir: string;
  let aws: AwsStack;
  let vault: Vault;
  let kubernetes: Started;
  let settings: Record<string, string>;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-convergence-"));
    aws = await AwsStack.start();
    vault = await startVault({ dir });
    kubernetes = await startFake();
    const { url, region, accessKeyId, secretAccessKey } = aws.aws;
    settings = {
      "aws:region": region,
      "aws:endpoints": JSON.stringify([{ secretsmanager: url }]),
      "aws:accessKey": accessKeyId,
      "aws:secretKey": secretAccessKey.reveal(),
      "vault:address": vault.address,
      "vault:caCertFile": vault.caCertFile,
      "vault:skipChildToken": "true",
      "vault:token": vault.token.reveal(),
      "kubernetes:kubeconfig": kubernetes.fake.kubeconfig().reveal(),
    };
    // The provider of AWS has its settings already, with the proxy's address.
    const own = Object.entries(settings).filter(([key]) => !key.startsWith("aws:"));
    const isSecret = ([key]: [string, string]) => /token$|kubeconfig$/.test(key);
    await aws.project.configure(
      Object.fromEntries(own.filter((one) => !isSecret(one))),
      Object.fromEntries(own.filter(isSecret)),
    );
  });
  after(async () => {
    await kubernetes?.stop();
    await vault?.stop();
    await aws?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const up = (record: RotationRecord) =>
    aws.project.up(() => {
      const { generations } = new Token("jwt", { record });
      new AwsSecretsManager("jwt-aws", { secretName: NAME, generations });
      new VaultKv("jwt-vault", { path: PATH, generations });
      new KubernetesSecret("jwt-kubernetes", {
        namespace: NAMESPACE,
        secretName: "jwt-secret",
        generations,
      });
      return Promise.resolve();
    });

  async function check(record: RotationRecord): Promise<ConvergenceRow[]> {
    const { checkpoint } = JSON.parse(await aws.project.state()) as {
      checkpoint: { latest: { resources: Partial<KnownResource>[] } };
    };
    const resources = checkpoint.latest.resources.map(
      (one) => ({ inputs: {}, outputs: {}, initErrors: [], ...one }) as KnownResource,
    );
    const answers = await checkConvergence({
      secrets: [SECRET],
      records: new Map([[SECRET.name, record]]),
      state: { resources, pending: [] },
      config: config(settings),
      taken: new Map(),
      all: true,
    });
    return answers.map(rowOf);
  }
  const verdicts = (rows: readonly ConvergenceRow[]) => rows.map(({ verdict }) => verdict);

  it("finds the same value in all three, in use and in grace", async () => {
    await up(REST);
    assert.deepEqual(verdicts(await check(REST)), ["equal", "equal", "equal"]);
    assert.deepEqual(verdicts(await check(ROTATED)), ["behind", "behind", "behind"]);
    await up(ROTATED);
    const rows = await check(ROTATED);
    assert.ok(isConverged(rows), JSON.stringify(rows, null, 2));
    for (const generation of [1, 2]) {
      const prints = rows.flatMap(({ versions }) =>
        versions.filter((one) => one.generation === generation).map((one) => one.fingerprint),
      );
      assert.ok(prints.length >= 3);
      assert.equal(new Set(prints).size, 1);
    }
  });

  it("names the store in which a value was changed by hand, and only that one", async () => {
    const client = aws.client();
    await client.send(new PutSecretValueCommand({ SecretId: NAME, SecretString: "by-hand" }));
    assert.deepEqual(verdicts(await check(ROTATED)), ["changed by hand", "equal", "equal"]);
    await vault.client(vault.token).write(`secret/data/${PATH}`, { data: { value: "by-hand" } });
    const rows = await check(ROTATED);
    assert.deepEqual(verdicts(rows), ["changed by hand", "changed by hand", "equal"]);
    assert.match(rows[1]?.fix ?? "", new RegExp(`-version=2 ${PATH}`));
  });

  it("says unreachable of the store that is down", async () => {
    await vault.stop();
    assert.equal((await check(ROTATED))[1]?.verdict, "unreachable");
  });
});
