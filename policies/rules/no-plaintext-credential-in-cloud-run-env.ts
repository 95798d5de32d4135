import { z } from "zod";
import { isHarmlessValue, nameKind } from "../credential-names";
import { detect, isPlaceholder, looksGenerated } from "../detectors";
import { Known, Property, at, isAbsent, textOf, walk } from "../leaves";
import { nameOr } from "../message";
import { Provenance, holdsGenerated, originOf } from "../provenance";
import { Finding, InspectedResource, rule } from "../rule";

/** Services and jobs of Cloud Run, first and second version of its API. */
const TYPES: readonly string[] = [
  "gcp:cloudrunv2/service:Service",
  "gcp:cloudrunv2/job:Job",
  "gcp:cloudrunv2/workerPool:WorkerPool",
  "gcp:cloudrun/service:Service",
];

const settings = z.object({
  extraNames: z
    .array(z.string())
    .default([])
    .describe("Names of environment variables that hold a credential besides those recognised."),
  allowedNames: z
    .array(z.string())
    .default([])
    .describe("Names of environment variables that hold no credential, whatever they look like."),
});
type Configured = z.infer<typeof settings>;

const ORIGINS: Readonly<Record<Provenance, string>> = {
  unknown: "the output of another resource",
  config: "a value from the stack's configuration",
  generated: "a generated value",
  dependency: "the output of another resource",
  secret: "a secret value, but the mark only encrypts Pulumi's state",
  literal: "a literal",
};

/** No credential stands as a plain value in a Cloud Run environment, where everyone who may view the service reads it. */
export const noPlaintextCredentialInCloudRunEnv = rule({
  id: "no-plaintext-credential-in-cloud-run-env",
  title: "No plaintext credential in a Cloud Run environment",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    cis: ["1.18"],
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A plain environment value of a Cloud Run service or job can be read by everyone who may view it, in every revision it ever had.",
  remediation:
    "put the value into Secret Manager and refer to it with valueSource.secretKeyRef (v1: valueFrom.secretKeyRef), pinned to a version; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  settings,
  types: TYPES,

  *check(resource, configured) {
    for (const variable of variables(resource.properties)) {
      const detail = problem(variable, resource, configured);
      if (detail) yield { path: variable.value.path, detail: `${label(variable)} ${detail}` };
    }
  },

  /** With the whole stack known, a generated value is recognised under any name and without its secret mark. */
  *checkInStack(resource, configured): Generator<Finding> {
    for (const variable of variables(resource.properties)) {
      const text = textOf(variable.value);
      if (text === undefined || isAllowed(variable, configured)) continue;
      if (problem(variable, resource, configured)) continue;
      if (holdsGenerated(text, resource.surroundings.generated))
        yield {
          path: variable.value.path,
          detail: `${label(variable)} holds a secret that a resource of this stack generated`,
        };
    }
  },
});

interface Variable {
  readonly name: Property | undefined;
  readonly value: Property;
}

/** Every variable that has a plain value, wherever the containers stand. */
function* variables(properties: Property): Generator<Variable> {
  for (const part of walk(properties)) {
    if (part.kind !== "map") continue;
    for (const key of ["envs", "env"]) {
      const list = part.entries.get(key);
      if (list?.kind === "list") for (const item of list.items) yield* variable(item);
    }
    const built = part.entries.get("environmentVariables");
    if (built?.kind === "map")
      for (const [key, value] of built.entries)
        yield { name: { kind: "scalar", path: value.path, secret: "none", value: key }, value };
  }
}

function* variable(item: Property): Generator<Variable> {
  if (item.kind !== "map") return;
  const value = at(item, "value");
  if (!isAbsent(value)) yield { name: at(item, "name"), value };
}

function problem(
  variable: Variable,
  { surroundings }: InspectedResource,
  configured: Configured,
): string | undefined {
  const { value } = variable;
  if (isAllowed(variable, configured)) return undefined;
  if (value.kind !== "unknown" && value.kind !== "scalar") return undefined;
  const origin = ORIGINS[originOf(value, surroundings).provenance];
  if (value.kind === "scalar" && (typeof value.value !== "string" || value.value === ""))
    return undefined;
  if (value.secret === "self") return `holds a value that is marked secret, in plain (${origin})`;
  const kind = kindOf(variable, configured);
  if (value.kind === "unknown")
    return kind === "credential" ? `holds a credential as a plain value (${origin})` : undefined;
  return problemOf(value, kind, origin);
}

function problemOf(value: Known, kind: string, origin: string): string | undefined {
  const text = String(value.value);
  const detected = detect(text);
  if (detected) return `holds ${detected} as a plain value (${origin})`;
  if (kind === "other" || isPlaceholder(text) || isHarmlessValue(text)) return undefined;
  return kind === "credential" || looksGenerated(text)
    ? `holds a credential as a plain value (${origin})`
    : undefined;
}

function kindOf({ name }: Variable, { extraNames }: Configured) {
  const text = textOf(name);
  if (text === undefined) return "perhaps";
  return extraNames.includes(text) ? "credential" : nameKind(text);
}

function isAllowed({ name }: Variable, { allowedNames }: Configured): boolean {
  const text = textOf(name);
  return text !== undefined && allowedNames.includes(text);
}

function label({ name }: Variable): string {
  return nameOr(textOf(name) ?? "", "the environment variable");
}
