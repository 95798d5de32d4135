import type { EngineEvent, OpMap, StepEventMetadata } from "@pulumi/pulumi/automation";
import { NOTE } from "../components/notes";

/** What the engine did, resource by resource, and what it had to say. */
export interface Observed {
  /** One entry for each step that changed something, in order. */
  readonly steps: Step[];
  /** Errors and warnings of the engine, the providers and the policies; the engine masks secrets in them. */
  readonly messages: string[];
  /** What the program told of what it did, such as how many connections drained. */
  readonly notes: string[];
  /** How many resources were created, updated, deleted, replaced or left the same. */
  readonly changes: OpMap;
  /** The stack's outputs; secret ones are left out. */
  readonly outputs: Record<string, unknown>;
}

/** One step of an update. */
export interface Step {
  readonly operation: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string;
}

/** One step that a preview announces. */
export interface Planned extends Step {
  /** The resource as it is to be; secret inputs are masked. Unset where it is to go. */
  readonly wanted?: WantedResource;
}

/** A resource as an event tells it, in the state's own words. */
export interface WantedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly provider?: string;
  readonly protect?: boolean;
}

/**
 * Lets an event through unless it is a debug message: those of the SDK carry resource outputs in clear, in previews too
 * (`RegisterResource RPC finished`). Nothing behind this ever sees one, so nothing can show or store it.
 */
export function withoutDebug(handler: (event: EngineEvent) => void): (event: EngineEvent) => void {
  return (event) => {
    // The type does not know it, the engine sends it.
    const severity: string | undefined = event.diagnosticEvent?.severity;
    if (severity !== "debug") handler(event);
  };
}

/**
 * Collects steps and messages from the engine's events, and tells `progress` of each step as it begins.
 *
 * @param heard gets every event that is no debug message, whole.
 */
export function observer(
  progress: (step: Step) => void,
  heard: (event: EngineEvent) => void = () => undefined,
): {
  observed: Observed;
  onEvent: (event: EngineEvent) => void;
} {
  const observed: Observed = { steps: [], messages: [], notes: [], changes: {}, outputs: {} };
  const onEvent = withoutDebug((event) => {
    heard(event);
    const begun = event.resourcePreEvent?.metadata;
    if (begun && !SILENT.has(begun.op)) {
      const step = stepOf(begun);
      observed.steps.push(step);
      progress(step);
    }
    const said = event.diagnosticEvent;
    const text = plain(said?.message ?? "");
    if (said?.severity === "error" || said?.severity === "warning") observed.messages.push(text);
    if (said?.severity === "info" && text.startsWith(NOTE))
      observed.notes.push(text.slice(NOTE.length));
    const { metadata: ended } = event.resOutputsEvent ?? {};
    if (ended?.type === STACK_TYPE) Object.assign(observed.outputs, withoutSecrets(ended.new));
    Object.assign(observed.changes, event.summaryEvent?.resourceChanges);
    const violated = event.policyEvent;
    if (violated)
      observed.messages.push(plain(`policy ${violated.policyName}: ${violated.message}`));
  });
  return { observed, onEvent };
}

/** Collects a preview's steps apart, with what each is to make, and adds what was said in it to what was observed. */
export function previewObserver(
  observed: Observed,
  heard?: (event: EngineEvent) => void,
): {
  steps: readonly Planned[];
  onEvent: (event: EngineEvent) => void;
} {
  const preview = observer(() => undefined, heard);
  const steps: Planned[] = [];
  const onEvent = (event: EngineEvent) => {
    const before = preview.observed.messages.length;
    preview.onEvent(event);
    observed.messages.push(...preview.observed.messages.slice(before));
    const begun = event.resourcePreEvent?.metadata;
    if (begun && !SILENT.has(begun.op)) steps.push({ ...stepOf(begun), ...wantedIn(begun) });
  };
  return { steps, onEvent };
}

function wantedIn({ new: state }: StepEventMetadata): Pick<Planned, "wanted"> {
  if (!state) return {};
  const { urn, type, inputs, parent, provider, protect = false } = state;
  return { wanted: { urn, type, inputs, parent, provider, protect } };
}

const STACK_TYPE = "pulumi:pulumi:Stack";
/** What the engine writes in an event where a secret stands. */
const MASK = "[secret]";

function withoutSecrets(state: { outputs?: Record<string, unknown> } | undefined) {
  return Object.fromEntries(
    Object.entries(state?.outputs ?? {}).filter(([, value]) => value !== MASK),
  );
}

const SILENT = new Set(["same", "read", "refresh"]);

function stepOf({ op, type, urn }: { op: string; type: string; urn: string }): Step {
  return { operation: op, type, name: urn.split("::").at(-1) ?? urn, urn };
}

/** Without the engine's colour marks (`<{%reset%}>`) and surrounding space. */
function plain(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
