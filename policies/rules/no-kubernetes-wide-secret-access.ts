import * as z from "zod";
import { Dictionary, at, textOf } from "../leaves";
import { isRecord, listOf, plain, textsOf } from "../policy-documents";
import { Finding, rule } from "../rule";

const settings = z.object({
  allowedRoles: z
    .array(z.string())
    .default([])
    .describe(
      "Names of roles and bindings (metadata.name, or the resource's name) that may read every secret of their scope, such as a backup's.",
    ),
});

const ROLE =
  /^kubernetes:rbac\.authorization\.k8s\.io\/v1(?:alpha1|beta1)?:(?:Cluster)?Role(?:Patch)?$/;
const BINDING =
  /^kubernetes:rbac\.authorization\.k8s\.io\/v1(?:alpha1|beta1)?:(?:Cluster)?RoleBinding(?:Patch)?$/;
/** Roles that every cluster has and that open every Secret of the scope they are bound in. */
const OPEN_ROLES =
  /^(?:cluster-admin|admin|edit|system:(?:controller:.+|kube-controller-manager|node))$/;
/** Whoever reaches the API server, without logging in. */
const NOBODY = /^system:(?:anonymous|unauthenticated)$/;
/** What these may do is made for everyone: it tells the cluster's version and health. */
const PUBLIC_ROLE = "system:public-info-viewer";
/** These hand out all or single objects; `list` and `watch` hand out all of them, whatever names are given. */
const READS = ["get", "list", "watch", "create", "update", "patch", "*"];
const ALL = ["list", "watch", "*"];

/** No role of Kubernetes reads every Secret of a namespace or cluster, and nobody is bound to one that does. */
export const noKubernetesWideSecretAccess = rule({
  id: "no-kubernetes-wide-secret-access",
  title: "No role that reads every Kubernetes Secret",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    cisKubernetes: ["5.1.2", "5.1.3"],
    nist80053: ["AC-3", "AC-6"],
    soc2: ["CC6.1", "CC6.3"],
    pciDss: ["7.2.1", "7.2.2"],
  },
  description:
    "Listing Secrets hands out their contents. A role without resourceNames opens every Secret of its scope, those of other workloads and of service accounts included.",
  remediation:
    "name the Secrets in resourceNames and allow get only, or mount the Secret and drop the role; bind a role with those rules, to accounts that log in.",
  settings,
  types: (type) => ROLE.test(type) || BINDING.test(type),

  *check({ type, properties, name }, { allowedRoles }): Generator<Finding> {
    if (allowedRoles.includes(textOf(at(properties, "metadata", "name")) ?? name)) return;
    if (BINDING.test(type)) yield* binding(properties);
    const rules = at(properties, "rules");
    for (const one of rules?.kind === "list" ? rules.items : []) {
      const detail = problem(plain(one));
      if (detail) yield { path: one.path, detail };
    }
  },
});

function* binding(properties: Dictionary): Generator<Finding> {
  const role = textOf(at(properties, "roleRef", "name"));
  if (role !== undefined && OPEN_ROLES.test(role))
    yield { path: ["roleRef", "name"], detail: "the role that is bound opens every Secret" };
  const subjects = at(properties, "subjects");
  for (const subject of subjects?.kind === "list" ? subjects.items : []) {
    const open = NOBODY.test(textOf(at(subject, "name")) ?? "");
    if (open && role !== PUBLIC_ROLE)
      yield {
        path: [...subject.path, "name"],
        detail: "the role is bound to everyone, without logging in",
      };
  }
}

function problem(granted: unknown): string | undefined {
  if (!isRecord(granted)) return undefined;
  const groups = textsOf(granted["apiGroups"]);
  const verbs = textsOf(granted["verbs"]);
  const resources = textsOf(granted["resources"]);
  if (!groups.some((group) => group === "" || group === "*")) return undefined;
  if (!resources.some((resource) => resource === "secrets" || resource === "*")) return undefined;
  if (!verbs.some((verb) => READS.includes(verb))) return undefined;
  const named = listOf(granted["resourceNames"]).length > 0;
  if (resources.includes("*") && !named) return "the rule opens every resource, Secrets included";
  if (!named) return "the rule opens every Secret of its scope";
  return verbs.some((verb) => ALL.includes(verb))
    ? "the rule names Secrets but also lists or watches"
    : undefined;
}
