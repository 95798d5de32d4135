import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type Aws, startAws } from "../../../../rehearsal/clouds/aws";

const TOKENS = [1, 2, 3].map((digit) => `${digit}`.repeat(36));
const [FIRST = "", SECOND = "", THIRD = ""] = TOKENS;

describe("rehearsal/clouds/aws: the emulator as AWS documents it", function () {
  this.timeout(120_000);
  let dir: string;
  let aws: Aws;
  let client: SecretsManagerClient;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-aws-"));
    aws = await startAws({ dir });
    client = new SecretsManagerClient({
      endpoint: aws.url,
      region: aws.region,
      maxAttempts: 1,
      credentials: {
        accessKeyId: aws.accessKeyId,
        secretAccessKey: aws.secretAccessKey.reveal(),
      },
    });
  });
  after(async () => {
    await aws.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const labels = async (name: string) =>
    (await client.send(new DescribeSecretCommand({ SecretId: name }))).VersionIdsToStages ?? {};
  const put = (SecretId: string, token: string, SecretString: string, VersionStages?: string[]) =>
    client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: token,
        SecretString,
        ...(VersionStages ? { VersionStages } : {}),
      }),
    );

  it("makes no version of a secret that is created without a value", async () => {
    const made = await client.send(new CreateSecretCommand({ Name: "example/empty" }));
    assert.equal(made.VersionId, undefined);
    assert.deepEqual(await labels("example/empty"), {});
  });

  it("puts every label that is named on a new version, and moves AWSPREVIOUS by itself", async () => {
    await put("example/empty", FIRST, "one", ["AWSCURRENT", "rekey-g1"]);
    await put("example/empty", SECOND, "two", ["AWSCURRENT", "rekey-g2"]);
    assert.deepEqual(await labels("example/empty"), {
      [FIRST]: ["rekey-g1", "AWSPREVIOUS"],
      [SECOND]: ["AWSCURRENT", "rekey-g2"],
    });
  });

  it("makes the first version AWSCURRENT whatever labels are named, and later ones only where it is", async () => {
    await client.send(new CreateSecretCommand({ Name: "example/first" }));
    await put("example/first", FIRST, "one", ["rekey-g1"]);
    await put("example/first", SECOND, "two", ["rekey-g2"]);
    assert.deepEqual(await labels("example/first"), {
      [FIRST]: ["rekey-g1", "AWSCURRENT"],
      [SECOND]: ["rekey-g2"],
    });
  });

  it("takes a request token once: the same value changes nothing, another one is refused", async () => {
    const before = await labels("example/empty");
    await put("example/empty", FIRST, "one");
    assert.deepEqual(await labels("example/empty"), before);
    await assert.rejects(put("example/empty", FIRST, "other"), { name: "ResourceExistsException" });
  });

  it("moves AWSCURRENT only from the version that has it, and never takes it off", async () => {
    const move = (MoveToVersionId?: string, RemoveFromVersionId?: string) =>
      client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: "example/empty",
          VersionStage: "AWSCURRENT",
          MoveToVersionId,
          RemoveFromVersionId,
        }),
      );
    const refused = { name: "InvalidParameterException" };
    await assert.rejects(move(FIRST), refused);
    await assert.rejects(move(undefined, SECOND), refused);
    await move(FIRST, SECOND);
    assert.deepEqual((await labels("example/empty"))[SECOND], ["rekey-g2", "AWSPREVIOUS"]);
  });

  it("begins a rotation with an empty pending version, which has no value to tell", async () => {
    const rotate = () =>
      client.send(
        new RotateSecretCommand({
          SecretId: "example/empty",
          ClientRequestToken: THIRD,
          RotationLambdaARN: `arn:aws:lambda:${aws.region}:${aws.accountId}:function:example`,
          RotationRules: { AutomaticallyAfterDays: 90 },
        }),
      );
    await rotate();
    assert.deepEqual((await labels("example/empty"))[THIRD], ["AWSPENDING"]);
    await assert.rejects(
      client.send(new GetSecretValueCommand({ SecretId: "example/empty", VersionId: THIRD })),
      { name: "ResourceNotFoundException" },
    );
    await put("example/empty", THIRD, "three", ["AWSPENDING"]);
    await client.send(new CancelRotateSecretCommand({ SecretId: "example/empty" }));
    const { RotationEnabled } = await client.send(
      new DescribeSecretCommand({ SecretId: "example/empty" }),
    );
    assert.equal(RotationEnabled, false);
  });

  it("replicates at creation and forgets a region again", async () => {
    const made = await client.send(
      new CreateSecretCommand({
        Name: "example/replicated",
        SecretString: "copied",
        AddReplicaRegions: [{ Region: "eu-west-1" }],
      }),
    );
    assert.deepEqual(
      made.ReplicationStatus?.map(({ Region }) => Region),
      ["eu-west-1"],
    );
    const left = await client.send(
      new RemoveRegionsFromReplicationCommand({
        SecretId: "example/replicated",
        RemoveReplicaRegions: ["eu-west-1"],
      }),
    );
    assert.deepEqual(left.ReplicationStatus, []);
  });

  it("refuses a wrong signature, an unknown key and a call without any", async () => {
    for (const [accessKeyId, secretAccessKey] of [
      [aws.accessKeyId, "not the key"],
      ["AKIAEXAMPLEUNKNOWN00", aws.secretAccessKey.reveal()],
      ["test", "test"],
      [aws.accountId, "test"],
    ] as const) {
      const stranger = new SecretsManagerClient({
        endpoint: aws.url,
        region: aws.region,
        credentials: { accessKeyId, secretAccessKey },
      });
      await assert.rejects(
        stranger.send(new GetSecretValueCommand({ SecretId: "example/empty" })),
        { name: /^(InvalidSignatureException|UnrecognizedClientException)$/ },
      );
    }
    const anonymous = await fetch(aws.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
      },
      body: JSON.stringify({ SecretId: "example/empty" }),
    });
    assert.ok(anonymous.status === 400 || anonymous.status === 403, String(anonymous.status));
    assert.match(await anonymous.text(), /MissingAuthenticationToken|UnrecognizedClient/);
  });

  it("writes neither values nor its key to its log", async () => {
    const log = await readFile(aws.logFile, "utf8");
    assert.doesNotMatch(log, /copied|three/);
    assert.ok(!log.includes(aws.secretAccessKey.reveal()));
  });
});
