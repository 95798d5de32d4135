import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { Refusal } from "./refusal";
import { ValueIndex } from "./value-index";
import { decodeBase64, parseJson, viewsOf } from "./views";

/** What the configuration has of a value. */
export interface ConfiguredOrigin {
  /** The setting is encrypted. */
  readonly secret: boolean;
  /** The whole value stands in the configuration, not only a part of it. */
  readonly whole: boolean;
}

/** A setting in plain text, by the name of its key; in a structured setting the innermost key. */
export interface PlainSetting {
  /** The setting's full key, for example `example-project:database`. */
  readonly key: string;
  /** The name under which the text stands. */
  readonly name: string;
  readonly text: string;
}

/** Below this length a configured text is only recognised when it is the whole value: short texts occur in others by chance. */
const CONTAINED_FROM = 8;

/** The texts of the stack's configuration, to tell what came from there. Never print one. */
export class StackConfiguration {
  readonly #texts = new ValueIndex<boolean>(CONTAINED_FROM);
  /** Every setting that is not encrypted. */
  readonly plain: readonly PlainSetting[];

  constructor(settings: ReadonlyMap<string, string>, secretKeys: ReadonlySet<string>) {
    const plain: PlainSetting[] = [];
    for (const [key, value] of settings) {
      const secret = secretKeys.has(key);
      const name = key.slice(key.lastIndexOf(":") + 1);
      this.#texts.add(value, secret);
      const parts = [...partsOf(parseJson(value), name)];
      for (const part of parts) this.#texts.add(part.text, secret);
      if (secret) continue;
      if (parts.length === 0) plain.push({ key, name, text: value });
      else plain.push(...parts.map((part) => ({ key, ...part })));
    }
    this.plain = plain;
  }

  /** Which setting the value stems from; an encrypted one if several fit. Wrapped in base64 or JSON it is recognised too. */
  find(value: string): ConfiguredOrigin | undefined {
    let secret = false;
    let whole = false;
    let any = false;
    if (this.#texts.size === 0) return undefined;
    for (const view of viewsOf(value))
      for (const held of this.#texts.find(view)) {
        any = true;
        secret ||= held.tag;
        // A part of a document is no whole, unless the document is nothing but that part in another spelling.
        whole ||= held.whole && (view === value || isOnlyView(view, value));
      }
    return any ? { secret, whole } : undefined;
  }
}

function isOnlyView(view: string, value: string): boolean {
  return decodeBase64(value) === view;
}

function* partsOf(value: unknown, name: string): Generator<{ name: string; text: string }> {
  if (typeof value === "string") {
    yield { name, text: value };
    // A value of parts, such as a pair of keys, is a document in the document; stores keep its parts in entries of their own.
    if (value.startsWith("{")) yield* partsOf(parseJson(value), name);
  } else if (typeof value === "object" && value !== null)
    for (const [key, part] of Object.entries(value))
      yield* partsOf(part, Array.isArray(value) ? name : key);
}

let current: StackConfiguration | undefined;

/** Set to `none` it lets the policies judge without the stack's configuration, for `pulumi policy analyze`, which has none to send. */
export const WITHOUT_CONFIGURATION = "REKEY_POLICIES_CONFIGURATION";

/**
 * The configuration of the stack that is being checked.
 *
 * @throws Refusal when the engine has sent none: a rule that cannot see it must not let anything pass.
 */
export function stackConfiguration(): StackConfiguration {
  if (current !== undefined) return current;
  if (process.env[WITHOUT_CONFIGURATION] === "none")
    return (current = new StackConfiguration(new Map(), new Set()));
  throw new Refusal(
    `The policies were not sent the stack's configuration, so they let nothing pass. The Pulumi CLI sends it in every preview and update; \`pulumi policy analyze\` does not, and with ${WITHOUT_CONFIGURATION}=none in the environment the policies do without.`,
  );
}

/** Takes the configuration from the message with which the engine sets a pack up: decrypted, with the keys that are secret. */
export function takeConfiguration(sent: AnalyzerStackConfigureRequest): void {
  const settings = new Map<string, string>(sent.getConfigMap().entries());
  setStackConfiguration(settings, new Set(sent.getConfigSecretKeysList()));
}

/** Takes the configuration as it is, with the keys that are secret. */
export function setStackConfiguration(
  settings: ReadonlyMap<string, string>,
  secretKeys: ReadonlySet<string>,
): void {
  current = new StackConfiguration(settings, secretKeys);
}

/** What was taken while something ran; undefined when nothing was. What was taken before is there again afterwards. */
export function takenMeanwhile(run: () => void): StackConfiguration | undefined {
  const before = current;
  current = undefined;
  try {
    run();
    return current;
  } finally {
    current = before;
  }
}
