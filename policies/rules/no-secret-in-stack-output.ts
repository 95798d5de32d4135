import * as z from "zod";
import { isCredentialProperty } from "../credential-names";
import { detect } from "../detectors";
import { credentialText, isFilled } from "../judging";
import { isAbsent, textOf } from "../leaves";
import { nameOr } from "../message";
import { originOf } from "../provenance";
import { Finding, InspectedResource, rule } from "../rule";
import { Spot } from "../spots";

const settings = z.object({
  allowedOutputs: z
    .array(z.string())
    .default([])
    .describe("Outputs that may be secret, for example because another stack takes them over."),
});

/** No output of the stack is a secret, marked or not: `pulumi stack output --show-secrets` prints it, and stack references hand it on. */
export const noSecretInStackOutput = rule({
  id: "no-secret-in-stack-output",
  title: "No secret in a stack's outputs",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["AC-6", "SC-28"],
    soc2: ["CC6.1", "CC6.7"],
    pciDss: ["7.2.1", "8.3.2"],
  },
  description:
    "Outputs are made to be read: by other stacks, by scripts, in build logs. A secret in one has readers that nobody chose.",
  remediation:
    "put the value into a store and output its resource name; whoever needs the value reads it there with an identity of its own.",
  settings,
  types: ["pulumi:pulumi:Stack"],

  *checkInStack(resource, { allowedOutputs }): Generator<Finding> {
    for (const spot of resource.spots) {
      if (spot.place !== "output" || isAbsent(spot.leaf)) continue;
      if (allowedOutputs.includes(spot.name ?? "")) continue;
      const detail = problem(spot, resource);
      if (detail)
        yield {
          path: spot.leaf.path,
          detail: `${nameOr(spot.name ?? "", "the output")} ${detail}`,
        };
    }
  },
});

function problem({ leaf, name = "" }: Spot, { surroundings }: InspectedResource) {
  if (leaf.secret !== "none") return "is a secret";
  const named = isCredentialProperty(name) || isCredentialProperty(String(leaf.path.at(-1)));
  if (leaf.kind === "unknown") return named ? "is named like a credential" : undefined;
  const text = named ? credentialText(leaf) : textOf(leaf);
  if (text === undefined || text === "") return undefined;
  const { generated, secretConfiguration } = originOf(leaf, surroundings);
  if (generated || (secretConfiguration && text.length >= 8)) return "is a secret without its mark";
  const found = detect(text);
  if (found) return `holds ${found}`;
  return named && isFilled(text, name) ? "holds a credential" : undefined;
}
