import type { SecretDeclaration } from "../../components/inventory";
import { endsByItself } from "../grace";
import { judgeAge } from "./ages";
import { rotatedByFunction } from "./by-function";
import { Deployed, readDeployed } from "./deployed";
import { Finding, PLAN_SCHEMA, PlanDocument } from "./document";
import { Found, findingOf, illegalRecord, overQuota, sortFindings } from "./findings";
import type { LineOf } from "./lines";
import { byTier, orderOf } from "./order";
import { plainCredentialFindings } from "./plain-settings";
import { PlannedSecret, planSecret, removedSecret } from "./secret";
import type { Head, Side } from "./side";
import { withoutStored } from "./references";
import type { StateSource } from "./state-source";
import { writesOf } from "./writes";

/** All that a plan is made of. */
export interface PlanInput {
  readonly stack: string;
  /** The settings file, relative to the repository. */
  readonly file: string;
  readonly head: Head;
  readonly base: {
    readonly ref: string;
    readonly commit: string;
    readonly hadFile: boolean;
    /** Undefined where the file was not there or is not legal. */
    readonly side: Side | undefined;
  };
  readonly state: StateSource;
  /** The head's preview in the rehearsal; undefined where there was none. */
  readonly preview?: { readonly steps: readonly string[]; readonly failure: string | null };
  /** The day against which ages are judged; undefined leaves them unjudged. */
  readonly date?: string | undefined;
  readonly lineOf: LineOf;
  readonly lineOfSetting: (key: string, name: string) => number;
}

interface Located extends PlannedSecret {
  readonly secret: SecretDeclaration;
}

/** Makes the plan: pure, so that the same input gives the same plan on any day and any machine. */
export function planOf(input: PlanInput): PlanDocument {
  const { head, base, state, lineOf } = input;
  const deployed: Deployed =
    state.kind === "none" ? new Map() : readDeployed(state.resources, head.secrets);
  const planned = plannedSecrets(input, deployed);
  const shown = byTier(planned.filter(({ atRest }) => !atRest));
  const gone = removed(input);
  const writes = writesOf(
    shown.map((one) => withoutStored(one, head.references)),
    head.placeOf,
  );
  const findings: Finding[] = [
    ...head.illegal.map((illegal) => illegalRecord(illegal, lineOf)),
    ...plainCredentialFindings(head.plain, input.lineOfSetting),
    ...planned.flatMap((one) =>
      [...one.found, ...ages(input, one)].map((found) => findingOf(found, one.secret.name, lineOf)),
    ),
    ...gone.flatMap(({ found }) => found.map((one) => findingOf(one, null, lineOf))),
    ...[...overQuota(writes), ...refused(input), ...missing(input)].map((one) =>
      findingOf(one, null, lineOf),
    ),
  ];
  return {
    schema: PLAN_SCHEMA,
    stack: input.stack,
    environment: head.environment,
    file: input.file,
    base: { ref: base.ref, commit: base.commit, hadFile: base.hadFile },
    state: state.kind,
    preview: input.preview === undefined ? null : [...input.preview.steps],
    date: input.date ?? null,
    secrets: [...shown, ...gone].map(({ plan }) => plan),
    unchanged: planned.length - shown.length,
    rotatedByFunction: rotatedByFunction(
      head.secrets,
      state.kind === "none" ? [] : state.resources,
    ),
    order: orderOf(shown),
    writes,
    findings: sortFindings(findings),
  };
}

function plannedSecrets({ stack, head, base, state }: PlanInput, deployed: Deployed): Located[] {
  return head.secrets.flatMap((secret) => {
    const to = head.records.get(secret.name);
    if (to === undefined || secret.rotatedByFunction !== undefined) return [];
    const planned = planSecret({
      stack,
      secret,
      to,
      base: base.side?.records.get(secret.name),
      atBase: isDeclared(base, secret),
      deployed: deployed.get(secret.name),
      stateRead: state.kind !== "none",
    });
    return [{ ...planned, secret }];
  });
}

function isDeclared({ hadFile, side }: PlanInput["base"], { name }: SecretDeclaration): boolean {
  return hadFile && (side === undefined || side.secrets.some((secret) => secret.name === name));
}

/** What the base declares and the head does not. */
function removed({ head, base }: PlanInput) {
  const kept = new Set(head.secrets.map(({ name }) => name));
  return (base.side?.secrets ?? [])
    .filter(({ name }) => !kept.has(name))
    .map((secret) => removedSecret(secret, base.side?.records.get(secret.name)));
}

/**
 * A change that moves an overdue secret is what mends it: its check must not fail for that. One whose update would still move the
 * consumers after the target has ended the grace by itself would shut them out in between.
 */
function ages({ head, date }: PlanInput, { secret, plan, effects }: Located): Found[] {
  const record = head.records.get(secret.name);
  if (date === undefined || record === undefined) return [];
  return judgeAge(secret, record, head.environment, date).map((found): Found => {
    if (found.rule === "overdue" && plan.change === "moved") return { ...found, level: "warning" };
    if (found.rule !== "grace-over" || !effects.moves || !endsByItself(secret)) return found;
    return {
      ...found,
      level: "error",
      message: `${found.message}, and the update that moves the consumers is still to come: they would be shut out until then`,
      remedy: "remove `graceEnds` from the record, or set it to a time after the update",
    };
  });
}

function refused({ preview }: PlanInput): Found[] {
  if (preview === undefined || preview.failure === null) return [];
  const message = `the engine refuses the change: ${preview.failure}`;
  const remedy = "correct the record; try again: `rekey plan --rehearse`";
  return [{ rule: "preview-failed", at: "", message, remedy }];
}

function missing({ date, state }: PlanInput): Found[] {
  const found: Found[] = [];
  if (date === undefined)
    found.push({
      rule: "date-missing",
      at: "",
      message: "no `--date` was given, so the ages of the records cannot be judged",
      remedy: "give the day: `--date 2026-01-31`",
    });
  if (state.kind === "none")
    found.push({
      rule: "state-missing",
      at: "",
      message: `the deployed state was not read: ${state.why}`,
      remedy: "`pulumi stack export --file state.json`, then `--state state.json`",
    });
  return found;
}
