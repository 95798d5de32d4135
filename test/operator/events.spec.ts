import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { NOTE } from "../../components/notes";
import { observer } from "../../operator/events";

/** What the operator keeps of these lines of the engine. */
function kept(...lines: readonly (readonly [severity: string, message: string])[]) {
  const { observed, onEvent } = observer(() => undefined);
  for (const [severity, message] of lines)
    onEvent({ diagnosticEvent: { severity, message, color: "never" } } as unknown as EngineEvent);
  const { messages, notes } = observed;
  return { messages, notes };
}

describe("what an update says", () => {
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
