import * as z from "zod";
import type { Detection } from "./detectors";
import { originOf } from "./provenance";
import { Finding, InspectedResource, Rule, rule } from "./rule";
import { Spot } from "./spots";

/** What tells one rule on credentials with a form of their own from the next. */
export type EmbeddedRule = Pick<
  Rule,
  "id" | "title" | "description" | "remediation" | "frameworks"
> & {
  readonly detection: Detection;
};

/**
 * A rule that a credential with a form of its own stands nowhere in a program, whatever the property is called, in base64 or JSON
 * neither. Where a rule of its own looks at a place (environments, labels, stores), that one reports it.
 */
export function embeddedRule({ detection, ...facts }: EmbeddedRule): Rule {
  const found = ({ embedded }: InspectedResource) =>
    embedded.filter((one) => one.detection === detection).map(({ spot }) => spot);
  const visible = ({ leaf }: Spot, { surroundings }: InspectedResource) =>
    leaf.secret === "none" && !originOf(leaf, surroundings).secretConfiguration;

  return rule({
    severity: "critical",
    enforcementLevel: "mandatory",
    settings: z.object({}),
    aspects: [detection],
    ...facts,

    *check(resource): Generator<Finding> {
      for (const spot of found(resource))
        if (visible(spot, resource))
          yield { path: spot.leaf.path, detail: `it holds ${detection} in plain text` };
    },

    /** What is marked may have been made by a resource; only the whole stack tells a literal from that. */
    *checkInStack(resource): Generator<Finding> {
      for (const spot of found(resource)) {
        const { provenance, plainConfiguration } = originOf(spot.leaf, resource.surroundings);
        if (visible(spot, resource)) continue;
        if (provenance === "secret" || plainConfiguration)
          yield {
            path: spot.leaf.path,
            detail: `it holds ${detection} that stands in the program or its settings and is only marked secret`,
          };
      }
    },
  });
}
