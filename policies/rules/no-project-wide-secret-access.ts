import * as z from "zod";
import { at, leaves, textOf } from "../leaves";
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
/** A role of one's own that does, by one of its permissions. */
const CUSTOM_ROLE = /^gcp:(?:projects|organizations)\/iAMCustomRole:IAMCustomRole$/;
const PERMISSION = "secretmanager.versions.access";
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

  *check(resource, { allowedMembers }) {
    yield* openIn(resource, allowedMembers, ({ role }) => ROLES.test(role ?? ""));
  },

  /** Roles of one's own are known by their permissions, which stand with their resources. */
  *checkInStack(resource, { allowedMembers }): Generator<Finding> {
    const open = (resource.stack ?? []).filter(isOpenRole);
    const sources = resource.surroundings.sources?.["role"] ?? [];
    const isOne = ({ role }: Binding) =>
      open.some(({ type, name, properties }) =>
        role === undefined
          ? sources.some((source) => source.type === type && source.name === name)
          : role.endsWith(`/roles/${textOf(at(properties, "roleId"))}`),
      );
    yield* openIn(resource, allowedMembers, isOne);
  },
});

function* openIn(
  resource: InspectedResource,
  allowed: readonly string[],
  isOpen: (binding: Binding) => boolean,
): Generator<Finding> {
  for (const binding of bindingsOf(resource)) {
    const { members, condition, path } = binding;
    if (!isOpen(binding) || isFence(condition)) continue;
    const open = members.filter((member) => !allowed.includes(member));
    if (members.length > 0 && open.length === 0) continue;
    // Public access has a rule of its own.
    if (open.length > 0 && open.every((member) => EVERYONE.test(member))) continue;
    yield { path, detail: "the role opens every secret of the whole scope" };
  }
}

function isOpenRole({ type, properties }: InspectedResource): boolean {
  const permissions = at(properties, "permissions");
  if (!CUSTOM_ROLE.test(type) || permissions === undefined) return false;
  return [...leaves(permissions)].some((one) => textOf(one) === PERMISSION);
}

/** A condition that leaves the secrets of one name or beginning, in each of its alternatives. */
function isFence(condition: string): boolean {
  return (
    condition !== "" &&
    condition.split("||").every((one) => NAMED_SECRETS.test(one) || EXTRACTED.test(one))
  );
}

/** The comparison names at least a beginning of a secret's name and is not turned round. */
const NAMED_SECRETS =
  /(?:^|[^!\w.\s(]|&&)[\s(]*resource\.name\s*(?:\.(?:startsWith|endsWith)\(\s*|==\s*)["'][^"']{0,200}secrets\/[^"'/]+[^"']{0,200}["']/;
/** `resource.name.extract("secrets/{name}/") == "app"`. */
const EXTRACTED =
  /(?:^|[^!\w.\s(]|&&)[\s(]*resource\.name\.extract\(["'][^"']{0,200}["']\)\s*(?:\.startsWith\(\s*|==\s*)["'][^"']+["']/;

interface Binding {
  /** Undefined where it is not known yet. */
  readonly role: string | undefined;
  readonly members: readonly string[];
  readonly condition: string;
  readonly path: readonly string[];
}

function* bindingsOf({ properties }: InspectedResource): Generator<Binding> {
  const given = at(properties, "role");
  const role = textOf(given);
  if (given !== undefined) {
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
