import { z } from "zod";
import { Property, at, isAbsent, textOf, walk } from "../leaves";
import { Statement, statementsOf } from "../policy-documents";
import { Finding, InspectedResource, rule } from "../rule";
import { vaultGrants } from "../vault-policies";

const AWS =
  /^aws:(?:iam\/(?:policy|rolePolicy|userPolicy|groupPolicy|role)|ssoadmin\/permissionSetInlinePolicy):/;
const ATTACHED =
  /^aws:(?:iam\/(?:\w*[pP]olicyAttachment|\w+PolicyAttachment\w*)|ssoadmin\/managedPolicyAttachment):/;
const VAULT = "vault:index/policy:Policy";
/** Managed policies of AWS's own that open every secret. */
const OPEN_POLICIES =
  /:aws:policy\/(?:SecretsManagerReadWrite|AWSSecretsManagerClientReadOnlyAccess)$/;

/** Nobody may read every secret of an account or of a Vault mount by a wildcard. */
export const noWildcardSecretAccess = rule({
  id: "no-wildcard-secret-access",
  title: "No wildcard access to secrets",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    cisAws: ["1.16"],
    nist80053: ["AC-3", "AC-6"],
    soc2: ["CC6.1", "CC6.3"],
    pciDss: ["7.2.1", "7.2.2"],
  },
  description:
    "A wildcard opens every secret of the account or mount, also those that are made later, to a service that needs one of them.",
  remediation:
    "name the secrets: their ARNs as Resource (a `-??????` for the suffix is fine), or a condition on their tags; in Vault the path of one system, for example secret/data/<system>/*.",
  settings: z.object({}),
  types: (type) => AWS.test(type) || ATTACHED.test(type) || type === VAULT,

  *check(resource): Generator<Finding> {
    if (resource.type === VAULT) yield* vault(resource);
    else if (ATTACHED.test(resource.type)) yield* attached(resource);
    else yield* aws(resource);
  },
});

function* attached({ properties }: InspectedResource): Generator<Finding> {
  for (const key of ["policyArn", "managedPolicyArn"])
    if (OPEN_POLICIES.test(textOf(at(properties, key)) ?? ""))
      yield { path: [key], detail: "the policy opens every secret of the account" };
}

function* aws({ properties }: InspectedResource): Generator<Finding> {
  const inline = at(properties, "inlinePolicies");
  const policies: (Property | undefined)[] = [
    at(properties, "policy"),
    at(properties, "inlinePolicy"),
  ];
  if (inline?.kind === "list") for (const one of inline.items) policies.push(at(one, "policy"));
  for (const policy of policies)
    if (policy !== undefined && statementsOf(policy).some(opensEverything))
      yield { path: policy.path, detail: "a statement opens every secret of the account" };
  const managed = at(properties, "managedPolicyArns");
  for (const arn of managed ? walk(managed) : [])
    if (OPEN_POLICIES.test(textOf(arn) ?? ""))
      yield { path: arn.path, detail: "the policy opens every secret of the account" };
}

function opensEverything({ allows, actions, resources, inverted, conditions }: Statement): boolean {
  if (!allows || /ResourceTag|SecretId|resource\/|PrincipalTag/.test(JSON.stringify(conditions)))
    return false;
  const reads = actions.some((action) =>
    [
      "secretsmanager:GetSecretValue",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:PutSecretValue",
    ].some((one) => fits(action, one)),
  );
  // NotAction and NotResource name what is left out; what remains is nearly everything.
  if (inverted) return !reads || resources.includes("*");
  return (
    reads &&
    resources.some(
      (arn) =>
        arn === "*" || /^arn:[^:]*:(?:secretsmanager|\*):[^:]*:[^:]*:(?:secret:)?\**$/.test(arn),
    )
  );
}

/** An action of a policy, with its wildcards, covers an action. */
function fits(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(action);
}

function* vault({ properties }: InspectedResource): Generator<Finding> {
  const policy = at(properties, "policy");
  if (isAbsent(policy)) return;
  if (vaultGrants(textOf(policy) ?? "").some(({ wide }) => wide))
    yield { path: ["policy"], detail: "a path opens every secret of the mount" };
}
