import type { SecretText } from "../../components/secret-text";
import type { Engine } from "../../engine";
import type { CloudOptions, Clouds } from "../clouds";
import type { System } from "../../stacks/inventory";
import type { Project } from "../project";
import type { Traffic } from "../traffic";
import type { Tried } from "./trials";

/** What a system's rehearsal works with. */
export interface Stage<C extends Clouds = Clouds> {
  readonly clouds: C;
  readonly project: Project;
  readonly engine: Engine;
  /** The stack's outputs after the first update. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Whether a credential still opens what it was made for. */
export type Answer = "accepted" | "refused";

/** Why neither answer would say anything, such as a key that must still decrypt. */
export interface NotApplicable {
  readonly notApplicable: string;
}

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
  /** What travels with it in plain: the user whose password it is, the publishable key of a pair. */
  readonly username?: string;
  /** Something signed with the value, such as a session's token. */
  readonly signed?: SecretText;
}

/** One generation of every secret, by name. */
export type Holdings = ReadonlyMap<string, Held>;

/** How one secret is tried against what takes it. */
export interface Trial<C extends Clouds = Clouds> {
  /** What is tried, as the evidence calls it. */
  readonly what: string;
  readonly attempt: (stage: Stage<C>, held: Held) => Promise<Answer | NotApplicable>;
  /**
   * The status of one request with it, where the application itself accepts or refuses it: asked again and again while the generation is
   * retired, and 200 and 401 are the only answers that a retirement may give.
   */
  readonly status?: (stage: Stage<C>, held: Held) => Promise<number>;
}

/** Long-lived connections that are held through a walk. */
export interface Connections<C extends Clouds = Clouds> {
  /** The secret that opens them. */
  readonly secret: string;
  /** Connections of workers that are busy until what opened them is retired, and leave then. */
  busy(stage: Stage<C>, held: Held): Promise<Busy>;
  /** Connections of whoever holds what is exposed; they go on until they are cut. */
  exposed(stage: Stage<C>, held: Held): Promise<Exposed>;
}

/** See {@link Connections}. */
export interface Busy {
  /** How many there are. */
  readonly count: number;
  /** Waits for the retirement to begin, then lets all of them leave; answers how many had been cut before they could. */
  leave(): Promise<{ readonly cut: number }>;
  /** Ends them, whatever they are at; fine to repeat. */
  close(): Promise<void>;
}

/** See {@link Connections}. */
export interface Exposed {
  /** Waits until the last one was cut, and answers how many milliseconds after the credential stopped working that was. */
  ended(): Promise<{ readonly connections: number; readonly afterMs: number }>;
  /** Ends them, whatever they are at; fine to repeat. */
  close(): Promise<void>;
}

/** A move that a walk makes. */
export type WalkedMove = "stage" | "withdraw" | "activate" | "rollback" | "retire" | "emergency";

/** How one system is rehearsed. */
export interface SystemRehearsal<C extends Clouds = Clouds> {
  readonly name: System;
  /** `rotation`: stage, activate, retire. `every-move`: withdraw, roll back and emergency besides. */
  readonly walk: "rotation" | "every-move";
  /** Secrets that go through every move in a rotation, too, and what moves with them. Default: none. */
  readonly everyMove?: readonly string[];
  /** Externally issued secrets whose values are staged straight to a store. An emergency keeps its own in the settings, so that both are rehearsed. */
  readonly toStore?: readonly string[];
  /** True to walk through one tier of secrets after the other, most important first. Default: all at once. */
  readonly inTiers?: boolean;
  /** The packages of the provider servers that its program uses. */
  readonly providers: readonly string[];
  /** Starts the local clouds that it needs. */
  start(options: CloudOptions): Promise<C>;
  /** Makes what is there before rekey comes (databases, an env file), and says what the stack's settings are. */
  prepare(clouds: C, project: Project): Promise<Record<string, unknown>>;
  /** New values of the secrets that somebody else issues. */
  issue(clouds: C): ReadonlyMap<string, SecretText>;
  /** Clients that work against the system from now on. */
  traffic(stage: Stage<C>, rate: number): Promise<Traffic>;
  /**
   * Takes what a holder of the active generation has, to be tried again later; or of the staged one, which is asked of those secrets only
   * that go through every move.
   */
  hold(stage: Stage<C>, which?: "active" | "staged"): Promise<Holdings>;
  /** What is to be seen once a move of the secrets named is through, by secret; what is not as promised is not `ok`. */
  afterMove?(
    stage: Stage<C>,
    move: WalkedMove,
    names: readonly string[],
  ): Promise<readonly Tried[]>;
  /**
   * What people do at the senders and issuers while both generations are accepted, such as a new secret in a dashboard; after an emergency,
   * once it has ended. Given those only that are to be retired, or are.
   */
  cutOver?(stage: Stage<C>, now: Holdings): Promise<void>;
  /** What a person does at the issuers once the old values are retired; given those only that were. */
  revoke(stage: Stage<C>, old: Holdings): Promise<void>;
  /** Long-lived connections to its database. Default: none are held. */
  readonly connections?: Connections<C>;
  /**
   * The state of everything that a rotation changes, by the name of each part (a variable, a role, a resource): digests, never values.
   * Two ways to the same records must end in the same. Default: only what is held is compared.
   */
  snapshot?(stage: Stage<C>): Promise<ReadonlyMap<string, string>>;
  /** How each secret is tried, by name. */
  readonly trials: Readonly<Record<string, Trial<C>>>;
  /** What can be seen besides the trials once the old values are retired, by secret; throws where it is not as promised. */
  evidence(
    stage: Stage<C>,
    old: Holdings,
    now: Holdings,
  ): Promise<Readonly<Record<string, readonly string[]>>>;
  /** What an update without a change wrote all the same, one line each. */
  unchanged?(stage: Stage<C>): Promise<readonly string[]>;
  /** Those of a secret's declared stores that these clouds have. Default: all. */
  storesOf?(clouds: C, stores: readonly string[]): readonly string[];
}

/** What is held of one secret. */
export function held(holdings: Holdings, name: string): Held {
  const found = holdings.get(name);
  if (!found) throw new Error(`nothing is held of ${name}`);
  return found;
}
