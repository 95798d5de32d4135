import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { NOTE } from "../../components/notes";
import { observer, previewObserver } from "../../operator/events";

const said = (severity: string, message: string) =>
  ({ sequence: 1, timestamp: 1, diagnosticEvent: { severity, message } }) as unknown as EngineEvent;

/** What the operator keeps of these lines of the engine. */
function kept(...lines: readonly (readonly [severity: string, message: string])[]) {
  const { observed, onEvent } = observer(() => undefined);
  for (const [severity, message] of lines) onEvent(said(severity, message));
  const { messages, notes } = observed;
  return { messages, notes };
}

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

  it("keeps what the program tells as a note, without its mark and the engine's colours", () => {
    const told = `<{%reset%}>${NOTE}role app_a retired: 5 connections ended by themselves<{%reset%}>\n`;
    assert.deepEqual(kept(["info", told]), {
      messages: [],
      notes: ["role app_a retired: 5 connections ended by themselves"],
    });
  });

  it("keeps errors and warnings as messages, and nothing of other lines", () => {
    const { messages, notes } = kept(
      ["error", "failed"],
      ["warning", `${NOTE}careful`],
      ["info", "Installing plugins"],
      ["info#err", `${NOTE}somebody else's`],
      ["debug", `${NOTE}in clear`],
    );
    assert.deepEqual(messages, ["failed", `${NOTE}careful`]);
    assert.deepEqual(notes, []);
  });
});
