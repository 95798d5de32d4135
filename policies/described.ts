import * as z from "zod";
import { Frameworks, Rule } from "./rule";
import { commonSettings } from "./suppressions";

let common: Record<string, unknown> | undefined;

/** The JSON schema of each setting that every rule takes, by its name. */
export function commonSchema(): Record<string, unknown> {
  return (common ??= propertiesOf(commonSettings));
}

/** The JSON schema of each setting that a rule takes besides or in another way, by its name. */
export function ownSchemaOf({ settings }: Pick<Rule, "settings">): Record<string, unknown> {
  return propertiesOf(settings);
}

function propertiesOf(settings: z.ZodObject): Record<string, unknown> {
  // Most rules have no settings of their own, and the engine waits for the answer.
  if (Object.keys(settings.shape).length === 0) return {};
  return z.toJSONSchema(settings, { io: "input" }).properties ?? {};
}

/** The controls that a rule serves, each with its framework: `soc2-tsc-2017:CC6.1`. */
export function tagsOf(frameworks: Frameworks): string[] {
  const names = {
    cis: "cis-gcp-2.0.0",
    cisAws: "cis-aws-3.0.0",
    cisKubernetes: "cis-kubernetes-1.8.0",
    nist80053: "nist-800-53-r5",
    soc2: "soc2-tsc-2017",
    pciDss: "pci-dss-4.0",
  };
  return Object.entries(names).flatMap(([key, name]) =>
    (frameworks[key as keyof Frameworks] ?? []).map((control) => `${name}:${control}`),
  );
}
