import assert from "node:assert/strict";
import { explain } from "../../operator/engine-errors";
import type { Place } from "../../operator/workspace";

const place: Place = { cwd: "/example", stack: "prod", command: {} as Place["command"] };

/** What an operator is told of an update that ended with this of a provider. */
function told(message: string) {
  const {
    message: said,
    fix,
    exitCode,
  } = explain(new Error("update failed"), {
    place,
    observed: { messages: [message] },
    mistake: undefined,
  });
  return { said, fix: fix ?? "", exitCode };
}

describe("operator/engine-errors: a label of AWS Secrets Manager that is off already", () => {
  it("asks for a refresh, by which the state learns of it, in the words of either provider", () => {
    const official =
      "deleting Secrets Manager Secret Version (arn|id) stage (rekey-g1): operation error Secrets Manager: UpdateSecretVersionStage, https response error StatusCode: 400, api error InvalidParameterException: not attached";
    const ours =
      "Secrets Manager UpdateSecretVersionStage on project/prod/JWT_SECRET (rekey-g1): InvalidParameterException 400: not attached";
    for (const message of [official, ours]) {
      const { said, fix, exitCode } = told(message);
      assert.ok(said.includes(message));
      assert.match(fix, /pulumi refresh --stack prod, then rekey up -s prod/);
      assert.equal(exitCode, 1);
    }
  });

  it("asks for nothing but another update where the call failed for another reason", () => {
    const { fix } = told(
      "Secrets Manager UpdateSecretVersionStage on project/prod/JWT_SECRET (rekey-g1): ThrottlingException 400: Rate exceeded",
    );
    assert.match(fix, /^mend the cause, then rekey up -s prod/);
  });
});
