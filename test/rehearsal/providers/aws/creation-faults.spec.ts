import assert from "node:assert/strict";
import { AT_REST, AwsSecretsManager, RotationFunction, Token } from "../../../../components";
import { rotationArchive } from "../../../../functions/rotation/archive";
import { AWS_FAULTS } from "../../../../rehearsal/clouds/aws/calls";
import { tryEveryCreation } from "../../../support/creation-faults";
import { MATRIX_MS } from "../../../support/rehearsal";
import { AwsStack, awsFaults, toldOf } from "./stack";

const nameOf = (run: number) => `project/prod/JWT_SECRET-${run}`;

describe("a first deployment in AWS while it answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let stack: AwsStack;

  before(async () => {
    stack = await AwsStack.start();
  });
  after(() => stack.stop());

  /** Where the service itself moves AWSPREVIOUS to is no matter of ours. */
  async function labels(run: number): Promise<string[][]> {
    const ours = (one: string[]) => one.filter((label) => label !== "AWSPREVIOUS");
    return (await stack.labels(nameOf(run))).map(ours).filter((one) => one.length > 0);
  }

  /** A stack with the secret of that run, and what else `declare` says. */
  async function fresh(run: number, wanted: string[][], declare: () => void) {
    const project = await stack.another();
    const program = () => Promise.resolve(declare());
    return {
      up: () => project.rekeyUp(program),
      settled: async () => assert.deepEqual(await labels(run), wanted),
      remove: () => project.remove(),
    };
  }

  function keep(run: number, rotatedBy: "record" | "function"): AwsSecretsManager {
    const { generations } = new Token("jwt", { record: AT_REST });
    return new AwsSecretsManager("jwt-aws", { secretName: nameOf(run), generations, rotatedBy });
  }

  it("names store and secret, and converges with the next rekey up, whichever call of the store fails", async () => {
    const tried = await tryEveryCreation(
      {
        proxy: stack.proxy,
        faults: awsFaults(),
        calls: /^secretsmanager\./,
        told: toldOf("Secrets Manager", "project/prod/JWT_SECRET"),
        fresh: (run) => fresh(run, [["AWSCURRENT"], ["rekey-g1"]], () => void keep(run, "record")),
      },
      1,
    );
    assert.ok(tried >= 1);
  });

  it("converges with the next rekey up whichever answer of a rotation function's deployment is lost", async () => {
    const { accountId, region } = stack.aws;
    const code = rotationArchive({ withClients: true });
    const tried = await tryEveryCreation(
      {
        proxy: stack.proxy,
        faults: { reset: AWS_FAULTS.reset },
        moments: ["after"],
        calls: /./,
        told: toldOf("(Secrets Manager|IAM|Lambda)", ""),
        fresh: (run) =>
          fresh(1_000 + run, [["AWSCURRENT", "rekey-declared", "rekey-g1"]], () => {
            const { arn } = keep(1_000 + run, "function");
            const place = { region, accountId, code, functionName: `rotate-${run}` };
            new RotationFunction("rotate", { ...place, kind: "token", secrets: { jwt: arn } });
          }),
      },
      1,
    );
    assert.ok(tried >= 1);
  });
});
