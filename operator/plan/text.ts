import { table, wrap } from "../output";
import type { PlanDocument } from "./document";
import { generationOf, moveOf } from "./markdown";

/** The plan for a terminal. */
export function textOf(plan: PlanDocument, width: number): string {
  const against = plan.state === "none" ? "" : " and the deployed state";
  const head = `${plan.stack} (${plan.file}), compared with ${plan.base.commit.slice(0, 12)} (${plan.base.ref})${against}`;
  return [wrap(head, width, 2), "", ...secretsOf(plan, width), ...findingsOf(plan, width)]
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
  const advice = plan.secrets.flatMap(({ name, advice: text }) =>
    text === null ? [] : [wrap(`${name}: ${text}`, width, 2)],
  );
  return [rows, "", ...order, "", ...writes, ...advice, ""];
}

function findingsOf({ findings, file }: PlanDocument, width: number): string[] {
  return findings.flatMap(({ level, rule, line, message, remedy }) => [
    wrap(`${level}: ${file}:${line}: ${message} (${rule})`, width, 2),
    wrap(`  fix  ${remedy}`, width, 7),
  ]);
}
