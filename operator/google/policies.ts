import { GoogleApiError } from "./errors";

/** A condition of a binding, in Google's own form. */
export interface Condition {
  title: string;
  description?: string;
  expression: string;
}

/** Who holds a role. */
export interface Binding {
  role: string;
  members?: string[];
  condition?: Condition;
}

/** An IAM policy; `etag` guards a read-modify-write against a concurrent one. */
export interface Policy {
  version?: number;
  etag?: string;
  bindings?: Binding[];
}

/** One member in one role, as resources such as SecretIamMember declare it. */
export interface Grant {
  role: string;
  member: string;
  condition?: Condition | undefined;
}

const CONFLICT_ATTEMPTS = 8;

/**
 * Reads a policy, edits it and writes it back; starts again when somebody else wrote in between
 * (409), at most eight times. `edit` returns `undefined` when nothing needs to change: then nothing
 * is written.
 */
export async function modifyPolicy(
  get: () => Promise<Policy>,
  set: (policy: Policy) => Promise<Policy>,
  edit: (policy: Policy) => Policy | undefined,
): Promise<Policy> {
  for (let attempt = 1; ; attempt++) {
    const current = await get();
    const wanted = edit(structuredClone(current));
    if (!wanted) return current;
    try {
      return await set(wanted);
    } catch (error) {
      const conflict = error instanceof GoogleApiError && error.status === 409;
      if (!conflict || attempt >= CONFLICT_ATTEMPTS) throw error;
    }
  }
}

/** True when the policy gives exactly this grant, its condition included. */
export function hasGrant(policy: Policy, grant: Grant): boolean {
  return (policy.bindings ?? []).some(
    (binding) => sameBinding(binding, grant) && (binding.members ?? []).includes(grant.member),
  );
}

/** The policy with the grant added, or `undefined` when it is there already. */
export function withGrant(policy: Policy, grant: Grant): Policy | undefined {
  if (hasGrant(policy, grant)) return undefined;
  const bindings = policy.bindings ?? [];
  const existing = bindings.find((binding) => sameBinding(binding, grant));
  if (existing) existing.members = [...(existing.members ?? []), grant.member];
  else {
    bindings.push({
      role: grant.role,
      members: [grant.member],
      ...(grant.condition ? { condition: grant.condition } : {}),
    });
  }
  return versioned({ ...policy, bindings });
}

/** The policy without the grant, or `undefined` when it never had it. */
export function withoutGrant(policy: Policy, grant: Grant): Policy | undefined {
  if (!hasGrant(policy, grant)) return undefined;
  const bindings = (policy.bindings ?? [])
    .map((binding) =>
      sameBinding(binding, grant)
        ? { ...binding, members: (binding.members ?? []).filter((one) => one !== grant.member) }
        : binding,
    )
    .filter((binding) => (binding.members ?? []).length > 0);
  return versioned({ ...policy, bindings });
}

function sameBinding(binding: Binding, grant: Grant): boolean {
  return (
    binding.role === grant.role &&
    (binding.condition?.expression ?? "") === (grant.condition?.expression ?? "") &&
    (binding.condition?.title ?? "") === (grant.condition?.title ?? "")
  );
}

// Google refuses a policy that has conditions and claims an older version.
function versioned(policy: Policy): Policy {
  return policy.bindings?.some((binding) => binding.condition) ? { ...policy, version: 3 } : policy;
}
