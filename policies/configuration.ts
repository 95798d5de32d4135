import { createRequire } from "node:module";
import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";

/** A text that stands in the stack's configuration, and whether its setting is encrypted. */
export interface ConfiguredText {
  readonly text: string;
  readonly secret: boolean;
}

/** What the configuration has of a value. */
export interface ConfiguredOrigin {
  /** The setting is encrypted. */
  readonly secret: boolean;
  /** The whole value stands in the configuration, not only a part of it. */
  readonly whole: boolean;
}

/** Below this length a configured text is only recognised when it is the whole value: short texts occur in others by chance. */
const CONTAINED_FROM = 8;

/** The texts of the stack's configuration, to tell what came from there. Never print one. */
export class StackConfiguration {
  private readonly texts: readonly ConfiguredText[];

  constructor(settings: ReadonlyMap<string, string>, secretKeys: ReadonlySet<string>) {
    this.texts = [...settings].flatMap(([key, value]) =>
      textsOf(value).map((text) => ({ text, secret: secretKeys.has(key) })),
    );
  }

  /** Which setting the value stems from; an encrypted one if several fit. */
  find(value: string): ConfiguredOrigin | undefined {
    const fits = this.texts.filter(
      ({ text }) => text === value || (text.length >= CONTAINED_FROM && value.includes(text)),
    );
    const found = fits.find(({ secret }) => secret) ?? fits[0];
    return found && { secret: found.secret, whole: fits.some(({ text }) => text === value) };
  }
}

function textsOf(value: string): string[] {
  return [value, ...partsOf(parsed(value))].filter((text) => text !== "");
}

function partsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(partsOf);
}

function parsed(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    // A setting that only looks like JSON is a plain text; the parser's message would quote it.
    return undefined;
  }
}

let current = new StackConfiguration(new Map(), new Set());

/** The configuration of the stack that is being checked; empty until the engine has sent it, so that nothing passes for configured. */
export function stackConfiguration(): StackConfiguration {
  return current;
}

/** Takes the configuration as the engine hands it to a pack: decrypted, with the keys that are secret. */
export function setStackConfiguration(
  settings: ReadonlyMap<string, string>,
  secretKeys: ReadonlySet<string>,
): void {
  current = new StackConfiguration(settings, secretKeys);
}

let listening = false;

/**
 * Reads the stack's configuration from the message with which the engine sets a pack up: `PULUMI_CONFIG` has the values too but does
 * not say which are secret. Call it before the pack is served; safe to call again.
 */
export function listenForConfiguration(): void {
  if (listening) return;
  const { AnalyzerService } = createRequire(__filename)(
    "@pulumi/pulumi/proto/analyzer_grpc_pb",
  ) as {
    AnalyzerService: {
      configureStack: { requestDeserialize: (bytes: Buffer) => AnalyzerStackConfigureRequest };
    };
  };
  const original = AnalyzerService.configureStack.requestDeserialize;
  AnalyzerService.configureStack.requestDeserialize = (bytes) => {
    const request = original(bytes);
    const settings = new Map<string, string>(request.getConfigMap().entries());
    setStackConfiguration(settings, new Set(request.getConfigSecretKeysList()));
    return request;
  };
  listening = true;
}
