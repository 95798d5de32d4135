import { z } from "zod";
import { at, textOf } from "../leaves";
import { isRecord, listOf, textsOf } from "../policy-documents";
import { Finding, InspectedResource, rule } from "../rule";
import { parseJson } from "../views";

const settings = z.object({
  allowedMembers: z
    .array(z.string())
    .default([])
    .describe("Members that may read every secret of a project, each as it stands in the binding."),
});

/** Roles that read or change the payload of secrets; those of owners and editors are a matter of other policies. */
const ROLES = /^roles\/secretmanager\.(?:secretAccessor|admin)$/;
const EVERYONE = /^(?:allUsers|allAuthenticatedUsers)$/;
const WIDE = /^gcp:(?:projects|folder|organizations)\/i(?:AM|am)(?:Member|Binding|Policy):/;

/** Nobody may read every secret of a project, folder or organization. */
export const noProjectWideSecretAccess = rule({
  id: "no-project-wide-secret-access",
  title: "No project-wide access to secrets",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["AC-3", "AC-6"],
    soc2: ["CC6.1", "CC6.3"],
    pciDss: ["7.2.1", "7.2.2"],
  },
  description:
    "A role on the project opens every secret in it, also those that are made later, to a service that needs one of them.",
  remediation:
    "grant roles/secretmanager.secretAccessor on each secret by itself (gcp.secretmanager.SecretIamMember), or bind the role with a condition on resource.name.",
  settings,
  types: (type) => WIDE.test(type),

  *check(resource, { allowedMembers }): Generator<Finding> {
    for (const { role, members, condition, path } of bindingsOf(resource)) {
      if (!ROLES.test(role) || /resource\.name/.test(condition)) continue;
      const open = members.filter((member) => !allowedMembers.includes(member));
      if (members.length > 0 && open.length === 0) continue;
      // Public access has a rule of its own.
      if (open.length > 0 && open.every((member) => EVERYONE.test(member))) continue;
      yield { path, detail: "the role opens every secret of the whole scope" };
    }
  },
});

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition: string;
  readonly path: readonly string[];
}

function* bindingsOf({ properties }: InspectedResource): Generator<Binding> {
  const role = textOf(at(properties, "role"));
  if (role !== undefined) {
    const members = at(properties, "members");
    const listed = members?.kind === "list" ? members.items : [at(properties, "member")];
    yield {
      role,
      members: listed.flatMap((member) => textOf(member) ?? []),
      condition: textOf(at(properties, "condition", "expression")) ?? "",
      path: ["role"],
    };
  }
  const document = parseJson(textOf(at(properties, "policyData")) ?? "");
  if (!isRecord(document)) return;
  for (const binding of listOf(document["bindings"]).filter(isRecord)) {
    const { condition } = binding;
    yield {
      role: textsOf(binding["role"])[0] ?? "",
      members: textsOf(binding["members"]),
      condition: isRecord(condition) ? (textsOf(condition["expression"])[0] ?? "") : "",
      path: ["policyData"],
    };
  }
}
