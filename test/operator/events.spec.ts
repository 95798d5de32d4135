import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { observer, previewObserver } from "../../operator/events";

const said = (severity: string, message: string) =>
  ({ sequence: 1, timestamp: 1, diagnosticEvent: { severity, message } }) as unknown as EngineEvent;

describe("operator/events", () => {
  it("hands on every event but the debug messages, which carry values in clear", () => {
    const heard: EngineEvent[] = [];
    const hear = (event: EngineEvent) => void heard.push(event);
    const { observed, onEvent } = observer(() => undefined, hear);
    const preview = previewObserver(observed, hear);
    for (const listen of [onEvent, preview.onEvent])
      for (const severity of ["debug", "info", "warning"]) listen(said(severity, `a ${severity}`));
    assert.deepEqual(
      heard.map(({ diagnosticEvent }) => diagnosticEvent?.message),
      ["a info", "a warning", "a info", "a warning"],
    );
    assert.deepEqual(observed.messages, ["a warning", "a warning"]);
  });
});
