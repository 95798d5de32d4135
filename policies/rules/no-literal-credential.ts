import * as z from "zod";
import { nameKind } from "../credential-names";
import type { Source } from "../dependencies";
import { detect } from "../detectors";
import {
  credentialText,
  holdsAssignment,
  isDerived,
  isFilled,
  isLikelyCredential,
  isLiteral,
  sourceTypes,
} from "../judging";
import { leaves, textOf } from "../leaves";
import { isKnownPassword } from "../passwords";
import { Origin, generates, originOf, yieldsSecrets } from "../provenance";
import { Finding, InspectedResource, rule } from "../rule";
import { isPlace } from "../randomness";
import { Spot } from "../spots";
import { viewsOf } from "../views";

const settings = z.object({
  extraSources: z
    .array(z.string())
    .default([])
    .describe(
      "Type tokens of resources whose outputs may be used as credentials, besides those known to make or hold secrets.",
    ),
});
type Configured = z.infer<typeof settings>;

/** Below this length a marked literal is more likely a word that was marked along with others. */
const TELLING = 8;

/** No credential that a target accepts stands in the program: not in a user's password, not in a provider's settings. */
export const noLiteralCredential = rule({
  id: "no-literal-credential",
  title: "No literal credential at a sensitive property",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["IA-5(7)", "IA-5(1)", "SC-12"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Whoever reads the repository, or ever read it, can log in with a credential that stands in the program; pulumi.secret() hides it in the state, not there.",
  remediation:
    "generate the credential with a secret of rekey's library or a random or tls resource, or set it with `pulumi config set --secret` and read it with requireSecret.",
  settings,
  aspects: ["credential", "consumer", "marked"],

  /** Alone, what is not marked secret is seen; a literal that is only marked looks like any secret here. */
  *check(resource) {
    for (const spot of spotsOf(resource)) {
      const detail = visibleProblem(spot, originOf(spot.leaf, resource.surroundings));
      if (detail) yield { path: spot.leaf.path, detail };
    }
  },

  *checkInStack(resource, configured): Generator<Finding> {
    for (const spot of spotsOf(resource)) {
      const origin = originOf(spot.leaf, resource.surroundings);
      const text = credentialText(spot.leaf);
      if (isKept(spot, resource) && (spot.place === "elsewhere" || !isWords(text))) continue;
      if (spot.place === "elsewhere") {
        if (isMarkedLiteral(spot, origin))
          yield { path: spot.leaf.path, detail: "a literal of the program is marked secret" };
        continue;
      }
      if (visibleProblem(spot, origin) || origin.plainConfiguration) continue;
      if (origin.secretConfiguration || origin.generated) continue;
      const detail =
        text === undefined
          ? unknownProblem(spot, origin, configured)
          : knownProblem(spot, text, origin, configured, resource);
      if (detail) yield { path: spot.leaf.path, detail };
    }
  },
});

/** Credentials, and what programs get that may have secrets; elsewhere what the program itself calls secret. */
function spotsOf({ spots, managed }: InspectedResource): Spot[] {
  return spots.filter(
    ({ place, leaf, bySdk }) =>
      (place === "credential" ||
        place === "consumer" ||
        (place === "elsewhere" && managed && leaf.secret === "self" && bySdk !== true)) &&
      (leaf.kind === "unknown" || (credentialText(leaf) ?? "") !== ""),
  );
}

/**
 * Under `ignoreChanges` a marked value may be what the target had when it was taken over, which has no origin to judge. The one that
 * the target is created with stands in the program all the same: it is told by being a word.
 */
function isKept({ leaf }: Spot, { options }: InspectedResource): boolean {
  return leaf.secret !== "none" && options.ignoreChanges?.includes(String(leaf.path[0])) === true;
}

function isWords(text: string | undefined): boolean {
  return text !== undefined && !isDerived(text);
}

/** Whoever marks a literal says that it is a secret; those with a form of their own are found by rules of their own. */
function isMarkedLiteral({ leaf }: Spot, { provenance }: Origin): boolean {
  const text = textOf(leaf) ?? "";
  return provenance === "secret" && text.length >= TELLING && isFilled(text) && !detect(text);
}

function visibleProblem({ leaf, place, name, byName }: Spot, origin: Origin): string | undefined {
  const text = credentialText(leaf);
  if (text === undefined || leaf.secret !== "none" || place === "elsewhere") return undefined;
  // These have rules of their own.
  if (origin.plainConfiguration || origin.secretConfiguration) return undefined;
  const certain = place === "credential" && byName !== true;
  if (certain)
    return isGiven(text, certain)
      ? "the credential is a literal, or its secret mark was taken off"
      : undefined;
  if (place === "consumer" && !isNamed(name))
    return isTelling(text) ? "a credential is given as a literal" : undefined;
  return isDefault(text) || (isFilled(text) && (isLikelyCredential(text) || detect(text)))
    ? "the credential is a literal, or its secret mark was taken off"
    : undefined;
}

/** Where a credential must stand, everything is one but a place held for it; elsewhere a switch or a number is none. */
function isGiven(text: string, certain: boolean): boolean {
  return certain ? isLiteral(text) : isFilled(text) || isDefault(text);
}

function isDefault(text: string): boolean {
  return isKnownPassword(text) && !isPlace(text);
}

function knownProblem(
  { place, name, byName }: Spot,
  text: string,
  origin: Origin,
  { extraSources }: Configured,
  resource: InspectedResource,
): string | undefined {
  const { sources } = origin;
  if (place === "consumer" && !isNamed(name)) {
    if (!isTelling(text) || sources.length > 0) return undefined;
  } else if (!isGiven(text, place === "credential" && byName !== true)) return undefined;
  if (sources.length === 0) return "the credential is a literal of the program";
  const made = ({ type }: Source) =>
    !KNOWN_PACKAGES.test(type) ||
    (generates(type) && isDerived(text)) ||
    extraSources.includes(type);
  if (place !== "credential" || sources.some(made)) return undefined;
  // The name of a database instance is no secret, although the instance holds one: the value itself must be one of the source's.
  if (isFrom(text, resource, byName === true)) return undefined;
  return `the credential depends on ${sourceTypes(origin)}, and holds no secret of it`;
}

/** A text is or holds a secret of a resource that it depends on; with `any`, it is any of its outputs. */
function isFrom(
  text: string,
  { stack = [], surroundings }: InspectedResource,
  any: boolean,
): boolean {
  const sources = Object.values(surroundings.sources ?? {}).flat();
  return stack
    .filter(({ type, name }) => sources.some((one) => one.type === type && one.name === name))
    .some(({ spots, outputs }) => {
      const secret = spots.some(({ leaf, place }) => {
        const held = place === "credential" || place === "store" ? textOf(leaf) : undefined;
        return (
          held !== undefined && held !== "" && viewsOf(text).some((view) => view.includes(held))
        );
      });
      return (
        secret ||
        (any && outputs !== undefined && [...leaves(outputs)].some((leaf) => textOf(leaf) === text))
      );
    });
}

function unknownProblem(
  { place, byName }: Spot,
  origin: Origin,
  { extraSources }: Configured,
): string | undefined {
  const { sources } = origin;
  if (place !== "credential" || byName === true || sources.length === 0) return undefined;
  if (sources.some(({ type }) => isSource(type, extraSources))) return undefined;
  return `the credential depends on ${sourceTypes(origin)}, none of which makes or holds secrets`;
}

/** The packages whose schemas are known, so that a type without a secret property has none. */
const KNOWN_PACKAGES = /^(?:aws|gcp|kubernetes|postgresql|random|tls|vault):/;

function isSource(type: string, extraSources: readonly string[]): boolean {
  return !KNOWN_PACKAGES.test(type) || yieldsSecrets(type) || extraSources.includes(type);
}

function isNamed(name: string | undefined): boolean {
  return name !== undefined && nameKind(name) === "credential";
}

function isTelling(text: string): boolean {
  return detect(text) !== undefined || holdsAssignment(text);
}
