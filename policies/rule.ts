import type * as z from "zod";
import type { Aspect } from "./aspects";
import { Dictionary, Path } from "./leaves";
import { Surroundings } from "./provenance";
import type { Embedded, Spot } from "./spots";

/** What a program says beside the properties, as far as rules look at it. */
export interface Options {
  readonly ignoreChanges?: readonly string[];
}

/** A resource as a rule sees it: safe to read, with secret marks, unknowns included. */
export interface InspectedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly properties: Dictionary;
  readonly options: Options;
  /** A provider makes it, or it is a provider; components and the stack itself only group, and keep nothing outside the state. */
  readonly managed: boolean;
  /** Its leaves, each with what the place is for. */
  readonly spots: readonly Spot[];
  /** What it has for rules to look at, see aspects.ts. */
  readonly aspects: number;
  /** Credentials with a form of their own at places that are for nothing in particular. */
  readonly embedded: readonly Embedded[];
  /** What can be known about its values: alone, the configuration; in a stack, the other resources too. */
  readonly surroundings: Surroundings;
  /** What it was at the end, with what its provider put in; while the whole stack is checked. */
  readonly outputs?: Dictionary;
  /** All resources of the stack, while the whole of it is checked. */
  readonly stack?: readonly InspectedResource[];
}

/** Something that breaks a rule. Neither part may hold a value: the message is printed, stored and sent. */
export interface Finding {
  readonly path: Path;
  /** What is wrong there, without a full stop, in words that need no value. */
  readonly detail: string;
}

/** The controls that a rule serves, by their numbers; where none names the product, the nearest one. */
export interface Frameworks {
  /** CIS Google Cloud Platform Foundation Benchmark 2.0.0. */
  readonly cis?: readonly string[];
  /** CIS Amazon Web Services Foundations Benchmark 3.0.0. */
  readonly cisAws?: readonly string[];
  /** CIS Kubernetes Benchmark 1.8.0. */
  readonly cisKubernetes?: readonly string[];
  /** NIST SP 800-53 Rev. 5. */
  readonly nist80053?: readonly string[];
  /** SOC 2, Trust Services Criteria 2017. */
  readonly soc2?: readonly string[];
  /** PCI DSS 4.0. */
  readonly pciDss?: readonly string[];
}

/**
 * The settings of a rule: a flat object in which every key has a default, so that no configuration at all is one that works. Every rule
 * also has `suppressions` and `at`, see suppressions.ts.
 */
export type Settings = z.ZodObject;

/** One rule. Its id is the name of its file and, in camel case, of its export. */
export interface Rule<S extends Settings = Settings> {
  readonly id: string;
  readonly title: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly enforcementLevel: "mandatory" | "advisory";
  readonly frameworks: Frameworks;
  /** What goes wrong when the rule is broken. */
  readonly description: string;
  /** The edit or command that mends it. */
  readonly remediation: string;
  readonly settings: S;
  /** The type tokens that it looks at, or whether it looks at one; every type unless set. */
  readonly types?: readonly string[] | ((type: string) => boolean);
  /** What it looks at, any of it: it need not be asked about a resource that has none. Every resource unless set. */
  readonly aspects?: readonly Aspect[];
  /**
   * Looks at one resource before anything happens to it, so it blocks an update in time. It sees neither other resources nor what its
   * values depend on.
   */
  check?(resource: InspectedResource, settings: z.infer<S>): Iterable<Finding>;
  /**
   * Looks at one resource with the whole stack known. It runs at the end of a preview, and in an update only after the resources
   * changed: what can be seen in {@link Rule.check} belongs there, and an update should follow a preview that passed.
   */
  checkInStack?(resource: InspectedResource, settings: z.infer<S>): Iterable<Finding>;
}

/** Declares a rule; only for its types. */
export function rule<S extends Settings>(declared: Rule<S>): Rule<S> {
  return declared;
}
