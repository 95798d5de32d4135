import type { SecretText } from "../../components/secret-text";
import type { GoogleClient } from "../../operator/google";
import type { Clouds } from "../clouds";
import type { Project } from "../project";
import type { Traffic } from "../traffic";

/** What a system's rehearsal works with. */
export interface Stage {
  readonly clouds: Clouds;
  readonly project: Project;
  readonly google: GoogleClient;
  /** The stack's outputs after the first update. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Whether a credential still opens what it was made for. */
export type Answer = "accepted" | "refused";

/** What was tried with the old and the new value of one secret, and what came of it. */
export interface Verdict {
  readonly old: Answer | "not-applicable";
  readonly new: Answer | "not-applicable";
  /** One line for each thing that was tried; no values. */
  readonly evidence: readonly string[];
}

/** What somebody who got hold of one generation of a secret could try. */
export interface Held {
  readonly value: SecretText;
  /** The user whose password the value is. */
  readonly username?: string;
  /** Something signed with the value, such as a session's token. */
  readonly signed?: SecretText;
}

/** One generation of every secret, by name. */
export type Holdings = ReadonlyMap<string, Held>;

/** How one system is rehearsed. */
export interface SystemRehearsal {
  readonly name: string;
  /** Makes what is there before rekey comes (databases, an env file), and says what the stack's settings are. */
  prepare(clouds: Clouds, project: Project): Promise<Record<string, unknown>>;
  /** New values of the secrets that somebody else issues. */
  issue(clouds: Clouds): ReadonlyMap<string, SecretText>;
  /** Clients that work against the system from now on. */
  traffic(stage: Stage, rate: number): Promise<Traffic>;
  /** Takes what a holder of the active generation has, to be tried again when it is retired. */
  hold(stage: Stage): Promise<Holdings>;
  /** Clients log in again, as users do in the grace after an activation. */
  renew(traffic: Traffic): Promise<void>;
  /** What a person does at the issuers once the old values are retired. */
  revoke(stage: Stage, old: Holdings): Promise<void>;
  /** Tries old and new values against everything that took them. */
  judge(stage: Stage, old: Holdings, now: Holdings): Promise<ReadonlyMap<string, Verdict>>;
  /** Tries old values while they are in grace; throws where one is refused that must still work. */
  checkGrace(stage: Stage, old: Holdings): Promise<string[]>;
}
