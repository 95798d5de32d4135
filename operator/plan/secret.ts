import type { SecretDeclaration } from "../../components/inventory";
import {
  RotationRecord,
  activeGeneration,
  liveGenerations,
  slotNames,
} from "../../components/rotation";
import { asRecords } from "./deployed-record";
import { diagnose } from "./diagnosis";
import type { PlannedGeneration, SecretPlan } from "./document";
import { Effects, adviceOn, effectsOf, interruptionOf } from "./effects";
import type { Found } from "./findings";
import { tierOf } from "./order";
import { Numbers, movesBetween, sameNumbers } from "./transitions";

/** One secret on all sides. */
export interface SecretInput {
  readonly stack: string;
  readonly secret: SecretDeclaration;
  /** The record at the head; legal. */
  readonly to: RotationRecord;
  /** At the base; undefined where it is new or could not be read there. */
  readonly base: RotationRecord | undefined;
  /** True if the base declares it, whether its record could be read or not. */
  readonly atBase: boolean;
  /** Undefined where the state tells nothing of it. */
  readonly deployed: readonly PlannedGeneration[] | undefined;
  /** True if a state was read at all. */
  readonly stateRead: boolean;
}

/** What the plan says of a secret, what the update does to it, and what is wrong with that. */
export interface PlannedSecret {
  readonly plan: SecretPlan;
  readonly effects: Effects;
  readonly found: readonly Found[];
  /** True if nothing moved and nothing is pending: only counted. */
  readonly atRest: boolean;
}

/** Plans one secret. What the update does is counted from the deployed state where that is known, otherwise from the base. */
export function planSecret(input: SecretInput): PlannedSecret {
  const { secret, to, base, deployed } = input;
  const slots = slotNames(secret.slots);
  const running = asRecords(deployed ?? [], to, base);
  const moves = base === undefined ? [] : (movesBetween(base, to, slots) ?? []);
  // After an update that failed between two marks, what is still to be done counts.
  const behind = running.find((one) => !sameLive(one, to));
  const from = behind ?? running[0];
  const start = from ?? base;
  const update = from === undefined ? moves : (movesBetween(from, to, slots) ?? []);
  const effects = effectsOf(start, to);
  const change = changeOf(input);
  return {
    plan: {
      ...declared(secret),
      change,
      moves,
      update,
      from: start === undefined ? null : activeOf(start),
      to: activeOf(to),
      live: liveGenerations(to),
      deployed: deployed === undefined ? null : [...deployed],
      interruption: interruptionOf(secret, effects),
      advice: adviceOn(secret, effects, input.stack) ?? null,
      ...said(to),
    },
    effects,
    found: [...wrong(input, running, slots), ...context(input, running, change)],
    atRest: change === "none" && behind === undefined,
  };
}

/** A secret that the head declares no more. */
export function removedSecret(
  secret: SecretDeclaration,
  base: RotationRecord | undefined,
): { readonly plan: SecretPlan; readonly found: readonly Found[] } {
  const plan: SecretPlan = {
    ...declared(secret),
    change: "removed",
    moves: [],
    update: [],
    from: base === undefined ? null : activeOf(base),
    to: null,
    live: [],
    deployed: null,
    interruption: "every consumer loses it",
    advice: null,
    ...said(undefined),
  };
  const message = `${secret.name} is declared at the base and not here`;
  const remedy = "retire it at its consumers first, or put the declaration back";
  return { plan, found: [{ rule: "secret-removed", at: "", message, remedy }] };
}

function wrong(input: SecretInput, running: readonly Numbers[], slots: readonly string[]): Found[] {
  const { secret, base, to } = input;
  const compare = (from: Numbers, against: "base" | "deployed") =>
    sameNumbers(from, to) ? [] : diagnose(secret.name, from, to, slots, against);
  const atBase = base === undefined ? [] : compare(base, "base");
  const told = new Set<string>(atBase.map(({ rule }) => rule));
  // The base tells the same story of the same generation; one of the two is enough.
  if (told.has("retires-with-activation")) told.add("retires-active");
  const byState = running
    .flatMap((from) => compare(from, "deployed"))
    .filter(({ rule }) => !told.has(rule) && told.add(rule));
  return [...atBase, ...byState].map(({ message, ...rest }) => ({
    ...rest,
    message: `${secret.name}: ${message}`,
  }));
}

function context(
  { secret, base, atBase, to, deployed, stateRead }: SecretInput,
  [running]: readonly Numbers[],
  change: SecretPlan["change"],
): Found[] {
  const found: Found[] = [];
  if (stateRead && atBase && deployed === undefined)
    found.push({
      rule: "state-silent",
      at: "",
      message: `the state tells nothing of ${secret.name}: its record was compared with the base alone`,
      remedy: "apply the base: `rekey up`; what the stores hold is told by `rekey convergence`",
    });
  if (base === undefined && atBase)
    found.push({
      rule: "base-unreadable",
      at: "",
      message: `${secret.name}: the record at the base breaks a rule`,
      remedy: "look at what is deployed: `rekey status` and `pulumi stack export`",
    });
  if (change === "moved" && base && running && !sameLive(base, running))
    found.push({
      rule: "base-not-deployed",
      at: "",
      message: `${secret.name}: the record at the base is not what is deployed, and this change moves it on`,
      remedy: "apply the base first: `rekey up`",
    });
  if (base && activeGeneration(base) !== activeGeneration(to) && base.at === to.at)
    found.push({
      rule: "at-not-updated",
      at: "at",
      message: `${secret.name}: generation ${activeGeneration(to)} becomes active, and \`at\` is that of generation ${activeGeneration(base)}`,
      remedy: "make the move with `rekey`, which writes `at`",
    });
  return found;
}

function changeOf({ base, atBase, to }: SecretInput): SecretPlan["change"] {
  if (!atBase) return "new";
  return base !== undefined && sameNumbers(base, to) ? "none" : "moved";
}

/** The state does not tell the highest generation ever issued. */
function sameLive(one: Numbers, other: Numbers): boolean {
  return sameNumbers({ ...one, generation: 1 }, { ...other, generation: 1 });
}

function activeOf(record: Numbers): PlannedGeneration {
  return { generation: activeGeneration(record), slot: record.active, state: "active" };
}

function declared(secret: SecretDeclaration) {
  const { name, system, group, accepts, stores, consumers } = secret;
  const lists = { stores: [...stores], consumers: [...consumers] };
  return {
    name,
    class: secret.class,
    system,
    group,
    tier: tierOf(secret) ?? null,
    accepts,
    public: secret.public ?? false,
    ...lists,
  };
}

function said(record: RotationRecord | undefined) {
  const { graceEnds = null, at = null, by = null, reason = null } = record ?? {};
  return { graceEnds, at, by, reason };
}
