import assert from "node:assert/strict";
import { rotationCode } from "../../../functions/rotation/bundle";
import { detect } from "../../../policies/detectors";

describe("functions/rotation/bundle", () => {
  it("makes the same text of the same sources, so that an update without a change plans nothing", () => {
    assert.equal(rotationCode(), rotationCode());
  });

  it("holds nothing that the policies take for a credential", () => {
    for (const withClients of [false, true])
      assert.equal(detect(rotationCode({ withClients })), undefined);
  });
});
