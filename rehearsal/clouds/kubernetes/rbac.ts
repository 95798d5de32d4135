/** Roles and bindings of a namespace, enforced: a service account may do what a role bound to it allows, and nothing else. */
import { StatusError } from "./errors";
import { kindOf, type Kind } from "./kinds";
import type { ObjectStore } from "./objects";
import type { Rules } from "./schemas";
import type { User } from "./tokens";

/** What is about to be done. */
export interface Attempt {
  readonly verb: string;
  readonly kind: Kind;
  readonly namespace: string;
  /** Absent for a list and for a creation, which no `resourceNames` can allow. */
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Lets the attempt through or answers 403 in the server's own words. */
export function authorize(objects: ObjectStore, user: User, attempt: Attempt): void {
  if (user.admin) return;
  const { verb, kind, namespace, name, subresource } = attempt;
  const bound = objects.list(kindOf("RoleBinding"), namespace).filter(({ subjects, metadata }) =>
    ((subjects ?? []) as { name: string; namespace?: string }[]).some((subject) => {
      const where = subject.namespace ?? metadata.namespace ?? "";
      return user.username === `system:serviceaccount:${where}:${subject.name}`;
    }),
  );
  const allowed = bound.some(({ roleRef }) => {
    const role = (roleRef as { name: string }).name;
    const found = objects.find({ kind: kindOf("Role"), namespace, name: role });
    return ((found?.rules ?? []) as Rules).some((rule) => permits(rule, attempt));
  });
  if (allowed) return;
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const whose = name === undefined ? kind.plural : `${kind.plural} "${name}"`;
  const where = kind.namespaced ? ` in the namespace "${namespace}"` : " at the cluster scope";
  throw new StatusError(
    403,
    "Forbidden",
    `${whose} is forbidden: User "${user.username}" cannot ${verb} resource "${resource}" in API group "${kind.group}"${where}`,
  );
}

function permits(rule: Rules[number], { verb, kind, name, subresource }: Attempt): boolean {
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const has = (list: readonly string[], one: string) => list.includes(one) || list.includes("*");
  const named = rule.resourceNames ?? [];
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, kind.group) &&
    has(rule.resources, resource) &&
    (named.length === 0 || (name !== undefined && named.includes(name)))
  );
}
