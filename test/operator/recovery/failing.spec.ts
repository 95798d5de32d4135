import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { failingSince } from "../../../operator/recovery/failing";

/** An entry of a history: what was done, how it ended, and the minute of the hour in which it began. */
type Entry = readonly [kind: string, result: string, minute: number];

/** Since which minute the updates fail, by a history whose newest entry comes first, as the engine tells it. */
async function failing(...entries: Entry[]): Promise<number | undefined> {
  const asked: unknown[][] = [];
  const history = (...given: unknown[]) => {
    asked.push(given);
    const startOf = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute));
    return Promise.resolve(
      entries.map(([kind, result, minute]) => ({ kind, result, startTime: startOf(minute) })),
    );
  };
  const since = await failingSince({ history } as unknown as Stack);
  assert.deepEqual(asked, [[50, 1, false]], "no secret of the history is asked for");
  return since?.getUTCMinutes();
}

describe("operator/recovery: since when updates fail", () => {
  it("is unknown where the last update went through, or there was none", async () => {
    assert.equal(await failing(), undefined);
    assert.equal(await failing(["update", "succeeded", 30], ["update", "failed", 20]), undefined);
  });

  it("is five minutes before the first one that failed after the last that went through", async () => {
    const before = ["update", "succeeded", 10] as const;
    assert.equal(await failing(["update", "failed", 30], ["update", "failed", 20], before), 15);
    assert.equal(await failing(["update", "failed", 30]), 25);
  });

  it("is not changed by a refresh or an import that went through, and an update that did not end failed", async () => {
    const failed = ["update", "in-progress", 20] as const;
    assert.equal(
      await failing(["refresh", "succeeded", 40], ["import", "succeeded", 30], failed),
      15,
    );
  });
});
