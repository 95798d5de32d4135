import type { Issuer } from "../../components/inventory";
import type { SecretText } from "../../components/secret-text";

/** What an issuer says of a value: it would let in whoever shows it, or not. */
export type Answer = "accepted" | "refused";

/** A new value by its named parts; one that has no parts is the part `secret`. */
export type IssuedParts = Readonly<Record<string, SecretText>>;

/** Where and how an issuer is asked. */
export interface Asking {
  /** The address that its paths begin at, without a slash at the end. */
  readonly url: string;
  /** What else it needs to know, such as `tokenId`; no secrets. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Somebody who issues keys, and how to ask whether a key is one of theirs. */
export interface KnownIssuer {
  readonly id: Issuer;
  /** Its name in messages: `OpenAI`. */
  readonly title: string;
  /** Where a person makes new values and revokes old ones: an address, or words. */
  readonly page: string;
  /** Where its API is. Without one the settings must say. */
  readonly defaultUrl?: string;
  /** The setting with the name that the value belongs to, which is no secret. A value may bring it along, as its part of the same name or `id`. */
  readonly identity?: string;
  /**
   * What shows without asking that it cannot have issued this value, in words that follow "its" and hold nothing of it; undefined if nothing does.
   */
  readonly misfit?: (parts: IssuedParts) => string | undefined;
  /**
   * Asks whether it accepts the value, by a call that changes nothing there. An issuer without this has no way to ask.
   *
   * @throws CouldNotAsk when there is no answer that tells.
   */
  readonly probe?: (parts: IssuedParts, asking: Asking) => Promise<Answer>;
}

/** A part that the declaration of the secret promises. */
export function partOf(parts: IssuedParts, name: string): SecretText {
  const part = parts[name];
  if (part === undefined)
    throw new Error(`an issuer asks for the part ${name}, which the secret does not declare`);
  return part;
}

/** The names of parts that stand in for {@link KnownIssuer.identity}. */
export function identityParts(setting: string): readonly string[] {
  return [setting, "id"];
}

/** What {@link KnownIssuer.identity} names: a part of the value, or else the setting. */
export function identityOf(setting: string, parts: IssuedParts, { settings }: Asking): string {
  const brought = identityParts(setting).find((name) => parts[name] !== undefined);
  return brought === undefined
    ? (settings[setting] ?? partOf(parts, setting).reveal())
    : partOf(parts, brought).reveal();
}
