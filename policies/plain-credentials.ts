import type { PlainSetting } from "./configuration";
import { isCredentialProperty, isReference } from "./credential-names";
import { detect } from "./detectors";
import { isFilled } from "./judging";

/** A plain setting that is a credential by its name or its form; never the text itself. */
export interface PlainCredential {
  /** The setting's full key. */
  readonly key: string;
  /** The name under which the text stands, in a structured setting the innermost key. */
  readonly name: string;
  /** What was found, in words: `a private key`; `a credential` where the name alone tells. */
  readonly what: string;
}

/** The plain settings that are credentials, whoever reads them, without those of the keys that are allowed. */
export function* plainCredentials(
  settings: readonly PlainSetting[],
  allowed: readonly string[] = [],
): Generator<PlainCredential> {
  for (const { key, name, text } of settings) {
    if (allowed.includes(key) || isReference(text)) continue;
    const found = detect(text);
    if (found === undefined && !(isNamed(name) && isFilled(text, name))) continue;
    yield { key, name, what: found ?? "a credential" };
  }
}

/** A setting has no schema: one that is called `secret` and nothing else holds it. */
function isNamed(name: string): boolean {
  return isCredentialProperty(name) || /^secrets?$/i.test(name);
}
