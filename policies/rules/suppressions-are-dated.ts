import * as z from "zod";
import { nameOr } from "../message";
import { rule } from "../rule";
import { appliedWithoutDate } from "../suppressions";

/** Tells which findings were held back although nobody said which day it is: whether they have expired was not checked. */
export const suppressionsAreDated = rule({
  id: "suppressions-are-dated",
  title: "Suppressions are checked against a day",
  severity: "low",
  enforcementLevel: "advisory",
  frameworks: {
    nist80053: ["CA-7", "CM-3"],
    soc2: ["CC4.1", "CC8.1"],
    pciDss: ["6.5.1"],
  },
  description:
    "A suppression ends on a day, but no rule reads a clock: without a day from CI an expired one still holds its finding back.",
  remediation:
    "give the day to every rule, `rekey-policies --at YYYY-MM-DD <file>` writes it into the policies' configuration; then remove the suppressions that have expired.",
  settings: z.object({}),

  *checkInStack({ urn }) {
    for (const { rule: id, expires } of appliedWithoutDate(urn))
      yield {
        path: [],
        detail: `a finding of ${id} is suppressed until ${nameOr(`until-${expires}`, "an unreadable day").replace("until-", "")}, and no day was given to check that`,
      };
  },
});
