import * as z from "zod";
import { nameOr } from "./message";
import { Names, plaintextProblem } from "./judging";
import { isSecretToBe, originOf } from "./provenance";
import { Finding, InspectedResource, Rule, rule } from "./rule";
import { Place, Spot } from "./spots";

/** The settings of a rule on variables. */
export const variableSettings = z.object({
  extraNames: z
    .array(z.string())
    .default([])
    .describe("Names of variables that hold a credential besides those recognised."),
  allowedNames: z
    .array(z.string())
    .default([])
    .describe("Names of variables that hold no credential, whatever they look like."),
});

/** What tells one rule on variables from the next. */
export interface EnvironmentRule extends Pick<
  Rule,
  "id" | "title" | "frameworks" | "description" | "remediation"
> {
  readonly types: NonNullable<Rule["types"]>;
  readonly places: readonly Place[];
  /** What a message calls a variable without a name. */
  readonly unnamed?: string;
}

/** A rule that no credential stands in the variables of a kind of workload, where everyone who may view the workload reads it. */
export function environmentRule(declared: EnvironmentRule): Rule<typeof variableSettings> {
  const { places, unnamed = "the environment variable", ...facts } = declared;
  const variables = ({ spots }: InspectedResource) =>
    spots.filter(({ place }) => places.includes(place));
  const problem = (spot: Spot, { surroundings }: InspectedResource, names: Names) =>
    plaintextProblem(spot, originOf(spot.leaf, surroundings), names);
  const label = ({ name }: Spot) => nameOr(name ?? "", unnamed);

  return rule({
    severity: "critical",
    enforcementLevel: "mandatory",
    settings: variableSettings,
    aspects: places,
    ...facts,

    *check(resource, configured): Generator<Finding> {
      for (const spot of variables(resource)) {
        const detail = problem(spot, resource, configured);
        if (detail) yield { path: spot.leaf.path, detail: `${label(spot)} ${detail}` };
      }
    },

    /** With the whole stack known, a generated value is recognised under any name and without its secret mark. */
    *checkInStack(resource, configured): Generator<Finding> {
      for (const spot of variables(resource)) {
        const { leaf, name } = spot;
        if (name !== undefined && configured.allowedNames.includes(name)) continue;
        const { generated, sources } = originOf(leaf, resource.surroundings);
        const secret = generated || (leaf.kind === "unknown" && isSecretToBe(sources));
        if (!secret || problem(spot, resource, configured)) continue;
        yield {
          path: leaf.path,
          detail: `${label(spot)} holds a secret that a resource of this stack generated`,
        };
      }
    },
  });
}
