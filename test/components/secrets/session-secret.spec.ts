import assert from "node:assert/strict";
import { ConfigurationError, SessionSecret } from "../../../components";
import { run } from "../../support/mocks";
import { RECORDS } from "../fixtures";
import { itGenerates } from "./generated";

describe("components/secrets/session-secret", () => {
  itGenerates({
    create: (name, record, opts) => new SessionSecret(name, { record }, opts),
    shape: { length: 64, special: false },
  });

  it("signs with the active generation and accepts the staged one already", async () => {
    const { result } = await run(() => new SessionSecret("session", { record: RECORDS.staged }));
    const { active, accepted } = result.forConsumers;
    assert.equal(active.generation, 1);
    assert.deepEqual(
      accepted.map(({ state }) => state),
      ["active", "staged"],
    );
    assert.equal(accepted[0]?.value, active.value);
  });

  for (const length of [42, 129, 63.5])
    it(`refuses a length of ${length}: less than 256 bits, or no length`, async () => {
      await assert.rejects(
        run(() => new SessionSecret("session", { record: RECORDS.rest, length })),
        (error) =>
          error instanceof ConfigurationError &&
          error.path === "session.length" &&
          /43 \(256 bits\) to 128/.test(error.allowed),
      );
    });
});
