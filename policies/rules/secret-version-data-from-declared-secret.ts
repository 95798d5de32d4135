import * as z from "zod";
import { isBesideCredential, nameKind } from "../credential-names";
import { detect } from "../detectors";
import { isDerived, isLikelyCredential, sourceTypes } from "../judging";
import { Leaf, Path, isAbsent, textOf } from "../leaves";
import { Origin, generates, originOf } from "../provenance";
import { STACK_REFERENCE } from "../place-names";
import { Finding, InspectedResource, rule } from "../rule";
import { Spot } from "../spots";
import { decodeBase64, parseJson } from "../views";

const settings = z.object({
  extraGenerators: z
    .array(z.string())
    .default([])
    .describe(
      "Type tokens of resources whose outputs count as declared secrets, besides random, tls and key resources.",
    ),
});
type Configured = z.infer<typeof settings>;

/** What a store keeps comes from a declared secret: a generator's output or an encrypted setting, never a text in the program. */
export const secretVersionDataFromDeclaredSecret = rule({
  id: "secret-version-data-from-declared-secret",
  title: "What a store keeps comes from a declared secret",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-12"],
    soc2: ["CC6.1"],
    pciDss: ["8.6.2"],
  },
  description:
    "A literal in a program stays in the repository's history and can be rotated by an edit of the program only; pulumi.secret() hides it in the state, not there.",
  remediation:
    "generate the value with a secret of rekey's library or a random or tls resource, or set it with `pulumi config set --secret` and read it with requireSecret; a resource of another type that makes the value goes into extraGenerators of this policy's configuration.",
  settings,
  aspects: ["store"],

  /**
   * Alone, a resource shows the mark and the configuration. A literal that is marked secret looks like a generated value here (the
   * SDK marks these inputs by itself) and is left to the check in the stack.
   */
  *check(resource) {
    for (const { leaf } of stored(resource)) {
      const detail = visibleProblem(leaf, originOf(leaf, resource.surroundings));
      if (detail) yield { path: leaf.path, detail };
    }
  },

  *checkInStack(resource, configured): Generator<Finding> {
    for (const { leaf } of stored(resource)) {
      const origin = originOf(leaf, resource.surroundings);
      if (isKept(leaf, resource) || visibleProblem(leaf, origin)) continue;
      if (isDeclared(leaf, origin, configured)) continue;
      yield { path: leaf.path, detail: `the stored value ${undeclared(origin)}` };
    }
  },
});

function stored({ spots }: InspectedResource): Spot[] {
  return spots.filter((spot) => spot.place === "store" && !isAbsent(spot.leaf) && !isBeside(spot));
}

/**
 * A marked value under `ignoreChanges` may be what the store held when the version was taken over, which has no origin to judge. What
 * looks written by a person is a literal all the same: a new version is created with it.
 */
function isKept(leaf: Leaf, { options }: InspectedResource): boolean {
  if (options.ignoreChanges?.includes(String(leaf.path[0])) !== true) return false;
  const text = textOf(leaf);
  return text === undefined || isDerived(text);
}

/** A store may keep user, host and port beside the password; these may be literals. */
function isBeside({ leaf, name }: Spot): boolean {
  const text = textOf(leaf);
  if (leaf.kind === "scalar" && text === undefined)
    return typeof leaf.value !== "number" || isBesideNumber(leaf.path);
  if (text === undefined) return false;
  if (text === "") return true;
  const document = parseJson(text);
  if (typeof document === "object" && document !== null && !Array.isArray(document))
    return Object.entries(document).every(([key, value]) => isBesideText(key, value));
  return leaf.path.length > 1 && name !== undefined && isBesideText(name, text);
}

/** A port is a number beside a credential; the whole of what is stored is none. */
function isBesideNumber(path: Path): boolean {
  return path.length > 1 && nameKind(String(path.at(-1))) !== "credential";
}

function isBesideText(name: string, value: unknown): boolean {
  if (typeof value === "number") return nameKind(name) !== "credential";
  if (typeof value !== "string") return typeof value !== "object" || value === null;
  const text = decodeBase64(value) ?? value;
  return isBesideCredential(name) && !detect(text) && !isLikelyCredential(text);
}

function visibleProblem(leaf: Leaf, origin: Origin): string | undefined {
  if (origin.plainConfiguration)
    return "the stored value stands in the stack's configuration in plain text";
  // The SDK drops the mark of a value that a preview cannot know yet; the update judges it, before anything is made of it.
  if (leaf.kind === "unknown") return undefined;
  return leaf.secret === "none" ? "the stored value is not marked secret" : undefined;
}

function isDeclared(leaf: Leaf, origin: Origin, { extraGenerators }: Configured): boolean {
  const { secretConfiguration, generated, sources } = origin;
  if (secretConfiguration || generated) return true;
  const text = textOf(leaf);
  // What depends on a generator and is known has something of it, were it only a hash.
  const derived = leaf.kind === "unknown" || (text !== undefined && isDerived(text));
  return sources.some(
    ({ type }) =>
      // What another stack hands on was judged there; the engine does not show it here.
      type === STACK_REFERENCE || extraGenerators.includes(type) || (derived && generates(type)),
  );
}

function undeclared(origin: Origin): string {
  if (origin.sources.length === 0) return "is a literal of the program, only marked secret";
  const made = origin.sources.some(({ type }) => generates(type));
  return made
    ? `depends on ${sourceTypes(origin)}, and holds nothing that it generated`
    : `depends on ${sourceTypes(origin)}, none of which generates secrets`;
}
