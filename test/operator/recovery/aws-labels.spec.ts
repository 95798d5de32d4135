import assert from "node:assert/strict";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { unlabelled } from "../../../operator/recovery/aws-labels";
import { cloudWith, urnOf } from "./stack";

const TYPE = "aws:secretsmanager/secretVersion:SecretVersion";
const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:project/key-AbCdEf";

const version = (name: string, versionStages: readonly string[], type = TYPE) => ({
  ...{ type, urn: urnOf({ type, name }), id: `${ARN}|${name}` },
  ...{ inputs: {}, outputs: { versionStages }, initErrors: [] },
});

/** The names of the versions whose label is off, where AWS answers as given, and how often it was asked. */
async function off(versions: readonly ReturnType<typeof version>[], answer: unknown) {
  let asked = 0;
  const send = () => {
    asked++;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const client = Object.assign(new SecretsManagerClient({ region: "eu-west-1" }), { send });
  const found = await unlabelled(versions, cloudWith({ secretsManager: () => client }));
  return { names: found.map(({ id }) => id?.split("|")[1]), asked };
}
const refusal = (name: string) =>
  Object.assign(new Error("the answer, with a value"), {
    name,
    $metadata: { httpStatusCode: 400 },
  });

describe("operator/recovery: labels that an update took off in AWS without hearing so", () => {
  it("are those that the state has and the version has not", async () => {
    const versions = [version("one", ["rekey-g1"]), version("two", ["rekey-g2"])];
    const live = { VersionIdsToStages: { one: [], two: ["rekey-g2"] } };
    assert.deepEqual((await off(versions, live)).names, ["one"]);
    // The service has dropped a version without a label.
    assert.deepEqual((await off(versions.slice(0, 1), {})).names, ["one"]);
  });

  it("are not asked for where there is none to take off", async () => {
    const versions = [version("one", ["AWSCURRENT"]), version("two", ["rekey-g2"], "other:Type")];
    assert.deepEqual(await off(versions, {}), { names: [], asked: 0 });
  });

  it("are none of a secret that is gone, which the provider takes calmly", async () => {
    const versions = [version("one", ["rekey-g1"])];
    assert.deepEqual((await off(versions, refusal("ResourceNotFoundException"))).names, []);
  });

  it("stop the update where AWS does not say, and quote nothing of its answer", async () => {
    await assert.rejects(off([version("one", ["rekey-g1"])], refusal("AccessDeniedException")), {
      message: `the retirement of one was interrupted, and what became of it is not to be learned: AWS: DescribeSecret on ${ARN}: 400 AccessDeniedException`,
    });
  });
});
