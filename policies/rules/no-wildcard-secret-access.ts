import * as z from "zod";
import { Dictionary, Property, at, isAbsent, textOf, walk } from "../leaves";
import { Named, Statement, covers, isFenced, statementsOf } from "../policy-documents";
import { Finding, InspectedResource, rule } from "../rule";
import { vaultGrants } from "../vault-policies";

const AWS =
  /^aws:(?:iam\/(?:policy|rolePolicy|userPolicy|groupPolicy|role)|ssoadmin\/permissionSetInlinePolicy):/;
const ATTACHED =
  /^aws:(?:iam\/(?:\w*[pP]olicyAttachment|\w+PolicyAttachment\w*)|ssoadmin\/managedPolicyAttachment):/;
const VAULT = "vault:index/policy:Policy";
/** Managed policies of AWS's own that open every secret or parameter. */
const OPEN_POLICIES =
  /:aws:policy\/(?:SecretsManagerReadWrite|AWSSecretsManagerClientReadOnlyAccess|AdministratorAccess|PowerUserAccess|AmazonSSMFullAccess|AmazonSSMReadOnlyAccess)$/;

/** What hands out values, and names of what it hands out that have nothing in common: a pattern that covers all of them covers any. */
const SERVICES = [
  {
    actions: [
      "secretsmanager:getsecretvalue",
      "secretsmanager:batchgetsecretvalue",
      "secretsmanager:putsecretvalue",
    ],
    service: "secretsmanager",
    samples: ["secret:app/db-a1B2c3", "secret:Zq9_x-Y8wV7u"],
  },
  {
    actions: ["ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath"],
    service: "ssm",
    samples: ["parameter/app/db", "parameter/Zq9_x"],
  },
];
/** Conditions by which a statement is about some secrets only. */
const FENCES =
  /^(?:(?:aws|secretsmanager|ssm):ResourceTag\/.+|secretsmanager:(?:SecretId|resource\/.+))$/i;

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
  for (const key of ["policyArn", "managedPolicyArn", "policyArns"])
    yield* managed(properties, key);
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
  yield* managed(properties, "managedPolicyArns");
}

function* managed(properties: Dictionary, key: string): Generator<Finding> {
  const arns = at(properties, key);
  for (const arn of arns ? walk(arns) : [])
    if (OPEN_POLICIES.test(textOf(arn) ?? ""))
      yield { path: arn.path, detail: "the policy opens every secret of the account" };
}

function opensEverything(statement: Statement): boolean {
  if (!statement.allows || isFenced(statement, FENCES)) return false;
  return SERVICES.some(
    ({ actions, service, samples }) =>
      actions.some((action) => isAmong(statement.actions, (name) => covers(lower(name), action))) &&
      isAmong(statement.resources, (pattern) => isWide(pattern, service, samples)),
  );
}

/** What is left out must leave out all of it, or some of it is allowed. */
function isAmong({ names, inverted }: Named, fits: (name: string) => boolean): boolean {
  return names.some(fits) !== inverted;
}

function isWide(pattern: string, service: string, samples: readonly string[]): boolean {
  const [, partition = "aws"] = /^arn:(aws[a-z-]*):/.exec(pattern) ?? [];
  const [region = "eu-west-1"] = /\b[a-z]{2}-(?:[a-z]+-)+\d\b/.exec(pattern) ?? [];
  const [account = "000000000000"] = /\b\d{12}\b/.exec(pattern) ?? [];
  return samples.every((sample) =>
    covers(pattern, `arn:${partition}:${service}:${region}:${account}:${sample}`),
  );
}

function lower(text: string): string {
  return text.toLowerCase();
}

function* vault({ properties }: InspectedResource): Generator<Finding> {
  const policy = at(properties, "policy");
  if (isAbsent(policy)) return;
  if (vaultGrants(textOf(policy) ?? "").some(({ wide }) => wide))
    yield { path: ["policy"], detail: "a path opens every secret of the mount" };
}
