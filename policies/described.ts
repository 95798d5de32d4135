import { z } from "zod";
import { settingsOfRule } from "./judge";
import { Frameworks, Rule } from "./rule";

/** The JSON schema of each setting that a rule takes, by its name. */
export function schemaOf(rule: Rule): Record<string, unknown> {
  const schema = z.toJSONSchema(z.object(settingsOfRule(rule)), { io: "input" });
  return schema.properties ?? {};
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
