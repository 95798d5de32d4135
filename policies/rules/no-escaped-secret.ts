import * as z from "zod";
import { originOf, generates, isSecretToBe } from "../provenance";
import { Finding, rule } from "../rule";

const settings = z.object({
  consumers: z
    .array(z.string())
    .default([])
    .describe(
      "Where else generated secrets may go: a type token, or a type token with a property, `example:index:Agent#enrolment`.",
    ),
});

/** A generated secret goes to stores and consumers only, marked or not. */
export const noEscapedSecret = rule({
  id: "no-escaped-secret",
  title: "No generated secret outside stores and consumers",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["AC-3", "AC-6", "SC-28"],
    soc2: ["CC6.1", "CC6.3"],
    pciDss: ["7.2.1", "8.6.2"],
  },
  description:
    "A secret at a property that is not made for secrets is shown by the cloud's console and API to everyone who may view the resource; the mark only covers Pulumi's state.",
  remediation:
    "give the resource a reference to the stored secret instead; if the property is made for secrets, add `<type>#<property>` to consumers of this policy's configuration.",
  settings,
  aspects: ["elsewhere"],

  *checkInStack({ type, managed, spots, surroundings }, { consumers }): Generator<Finding> {
    if (!managed || generates(type) || consumers.includes(type)) return;
    for (const { leaf, place } of spots) {
      if (place !== "elsewhere" || consumers.includes(`${type}#${leaf.path[0]}`)) continue;
      const { generated, sources } = originOf(leaf, surroundings);
      const known = generated && leaf.secret !== "none";
      if (known || (leaf.kind === "unknown" && isSecretToBe(sources)))
        yield {
          path: leaf.path,
          detail:
            "a generated secret reaches a property that is neither a store's nor a consumer's",
        };
    }
  },
});
