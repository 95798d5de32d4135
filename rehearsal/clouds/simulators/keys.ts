import { digest } from "./simulator";

/** What a service's administration knows of a key. */
export type KeyState = "live" | "revoked" | "unknown";

/** Keys that a service issued, by their digests. */
export class IssuedKeys {
  private readonly states = new Map<string, "live" | "revoked">();

  /** Takes the key as live from now on. */
  add(key: string): void {
    this.states.set(digest(key), "live");
  }

  /** Refuses the key from now on. @throws Error for one that is not live. */
  revoke(key: string): void {
    if (this.stateOf(key) !== "live") {
      throw new Error("this key is not live: revoke takes a key that issue() gave, once");
    }
    this.states.set(digest(key), "revoked");
  }

  /** What is known of a key; of no key at all, nothing. */
  stateOf(key: string | undefined): KeyState {
    return (key === undefined ? undefined : this.states.get(digest(key))) ?? "unknown";
  }
}
