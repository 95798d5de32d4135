import { table, wrap } from "../output";
import { PUBLIC_VALUE } from "../moves";
import { inUse } from "./by-function";
import type { PlanDocument, SecretPlan } from "./document";
import { generationOf, graceOf, moveOf } from "./markdown";

/** The plan for a terminal. */
export function textOf(plan: PlanDocument, width: number): string {
  const against = plan.state === "none" ? "" : " and the deployed state";
  const head = `${plan.stack} (${plan.file}), compared with ${plan.base.commit.slice(0, 12)} (${plan.base.ref})${against}`;
  const others = plan.rotatedByFunction.map((one) => wrap(`${one.name}: ${inUse(one)}`, width, 2));
  return [
    ...[wrap(head, width, 2), "", ...secretsOf(plan, width)],
    ...(others.length > 0 ? [...others, ""] : []),
    ...findingsOf(plan, width),
  ]
    .join("\n")
    .trimEnd();
}

function secretsOf(plan: PlanDocument, width: number): string[] {
  if (plan.secrets.length === 0) return ["No secret moves.", ""];
  const rows = table(
    plan.secrets,
    [
      { title: "SECRET", value: ({ name }) => name },
      { title: "MOVE", value: moveOf },
      { title: "GENERATION", value: generationOf },
      { title: "INTERRUPTION", value: ({ interruption }) => interruption },
      { title: "BY", value: ({ by }) => by ?? "-" },
    ],
    width,
  );
  const order = plan.order.flatMap(({ phase, steps }, index) => [
    `${index + 1}. ${phase}`,
    ...steps.map((step) => wrap(`   ${step}`, width, 5)),
  ]);
  const writes = plan.writes.map(({ store, writes: count, quota }) =>
    wrap(
      `${store}: ${count} ${count === 1 ? "write" : "writes"}, ${quota ?? "no quota"}`,
      width,
      2,
    ),
  );
  const notes = plan.secrets.flatMap((secret) => notesOn(secret, width));
  return [rows, "", ...order, "", ...writes, ...notes, ""];
}

/** What a column has no room for. */
function notesOn(secret: SecretPlan, width: number): string[] {
  const grace = graceOf(secret);
  const told = [
    secret.public ? PUBLIC_VALUE : null,
    grace === null ? null : `grace ${grace}`,
    secret.advice,
  ];
  return told.flatMap((text) => (text === null ? [] : [wrap(`${secret.name}: ${text}`, width, 2)]));
}

function findingsOf({ findings, file }: PlanDocument, width: number): string[] {
  return findings.flatMap(({ level, rule, line, message, remedy }) => [
    wrap(`${level}: ${file}:${line}: ${message} (${rule})`, width, 2),
    wrap(`  fix  ${remedy}`, width, 7),
  ]);
}
