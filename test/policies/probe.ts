import { z } from "zod";
import { Rule } from "../../policies/rule";

/** A rule of a test's own, called `probe`; what it is besides may be given. */
export function ruleThat(check: NonNullable<Rule["check"]>, more: Partial<Rule> = {}): Rule {
  return {
    id: "probe",
    title: "Probe",
    severity: "high",
    enforcementLevel: "mandatory",
    frameworks: {},
    description: "A probe.",
    remediation: "nothing.",
    settings: z.object({ word: z.string().default("seen") }),
    check,
    ...more,
  };
}
