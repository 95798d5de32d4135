import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { withoutDebug } from "./events";

/** What the SDK tells the engine where a value of the program could not be made: an `apply` threw. */
const FAILED = /^(?:<\{%[^%]*%\}>)*Unhandled exception: /;

/**
 * Ends a preview or an update whose program failed in one of its values. The SDK reports the failure, but whatever depends on the
 * resource that was to get the value waits for it for ever, and so does the engine. It is told to stop as by Ctrl-C, as soon as
 * nothing that it began is under way; the failure is then a CommandError, as that of any other update.
 */
export function endingWithItsProgram(stack: Stack): Stack {
  const [preview, up] = [stack.preview.bind(stack), stack.up.bind(stack)];
  stack.preview = (options = {}) => preview({ ...options, ...watched(options) });
  stack.up = (options = {}) => up({ ...options, ...watched(options) });
  return stack;
}

interface Watched {
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
}

function watched({ onEvent, signal }: Partial<Watched>): Watched {
  const controller = new AbortController();
  const underWay = new Set<string>();
  let failed = false;
  return {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    onEvent: (event) => {
      onEvent?.(event);
      withoutDebug(({ resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent }) => {
        const begun = resourcePreEvent?.metadata;
        // A component is under way until it registers its outputs, which it may be that never does.
        if (begun && begun.provider !== "" && CHANGES.has(begun.op)) underWay.add(begun.urn);
        for (const ended of [resOutputsEvent, resOpFailedEvent])
          if (ended) underWay.delete(ended.metadata.urn);
        failed ||= diagnosticEvent?.severity === "error" && FAILED.test(diagnosticEvent.message);
      })(event);
      if (failed && underWay.size === 0) controller.abort();
    },
  };
}

const CHANGES = new Set(["create", "update", "delete"]);
