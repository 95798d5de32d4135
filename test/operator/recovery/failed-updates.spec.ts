import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { failedUpdates } from "../../../operator/recovery/failed-updates";

/** An entry of a history: what was done, how it ended, and the minutes of the hour in which it began and ended. */
type Entry = readonly [kind: string, result: string, from: number, to: number];

const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute));

/** The minutes from which and to which updates failed, by a history whose newest entry comes first, as the engine tells it. */
async function failed(...entries: Entry[]): Promise<number[][]> {
  const asked: unknown[][] = [];
  const history = (...given: unknown[]) => {
    asked.push(given);
    const told = ([kind, result, from, to]: Entry) => ({
      ...{ kind, result, startTime: at(from), endTime: at(to) },
    });
    return Promise.resolve(entries.map(told));
  };
  const spans = await failedUpdates({ history } as unknown as Stack);
  assert.deepEqual(asked, [[50, 1, false]], "no secret of the history is asked for");
  return spans.map(({ from, to }) => [from.getUTCMinutes(), to.getUTCMinutes()]);
}

describe("operator/recovery: updates that failed", () => {
  it("are none where the last update went through, or there was none", async () => {
    assert.deepEqual(await failed(), []);
    const before = ["update", "failed", 20, 21] as const;
    assert.deepEqual(await failed(["update", "succeeded", 30, 31], before), []);
  });

  it("are those since the last one that went through, with five minutes before and after", async () => {
    const all: Entry[] = [
      ["update", "failed", 40, 42],
      ["update", "failed", 30, 31],
      ["update", "succeeded", 20, 21],
      ["update", "failed", 10, 11],
    ];
    assert.deepEqual(await failed(...all), [
      [35, 47],
      [25, 36],
    ]);
  });

  it("stay so after a refresh or an import, which settle nothing", async () => {
    const before = ["update", "failed", 20, 21] as const;
    const since: Entry[] = [
      ["refresh", "succeeded", 40, 41],
      ["import", "succeeded", 30, 31],
    ];
    assert.deepEqual(await failed(...since, before), [[15, 26]]);
  });

  it("last until now where nobody saw their end", async () => {
    const startTime = new Date(Date.now() - 60 * 60_000);
    const history = () => Promise.resolve([{ kind: "update", result: "in-progress", startTime }]);
    const [span] = await failedUpdates({ history } as unknown as Stack);
    assert.ok(span && span.to.getTime() > Date.now());
  });
});
