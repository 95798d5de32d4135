import { at, textOf } from "./leaves";
import { Condition, Statement, isFenced, statementsOf } from "./policy-documents";
import { InspectedResource } from "./rule";

/** The types that let accounts read a secret by a policy of their own. */
export const SECRET_POLICIES: readonly string[] = [
  "aws:secretsmanager/secretPolicy:SecretPolicy",
  "aws:secretsmanager/secret:Secret",
  "aws:ssm/resourcePolicy:ResourcePolicy",
];

/** Conditions that keep strangers out although the principal is everyone. */
const FENCES =
  /^aws:(?:PrincipalOrgI[Dd]|PrincipalOrgPaths|SourceAccount|SourceArn|PrincipalAccount|PrincipalArn)$/i;
/** Conditions that name accounts in place of the principal. */
const NAMING = /^aws:Principal(?:Account|Arn)$/i;

/** The statements of a secret's policy that let somebody in. */
export function grantsIn({ properties }: InspectedResource): Statement[] {
  return statementsOf(at(properties, "policy")).filter(({ allows }) => allows);
}

/** Why a statement lets the whole cloud in, in words for a message; undefined when it does not. */
export function openToAll(statement: Statement): string | undefined {
  const { names, inverted } = statement.principals;
  if (isFenced(statement, FENCES)) return undefined;
  if (inverted) return "the policy allows everyone that it does not name";
  return names.includes("*") ? "the policy allows every account of the cloud" : undefined;
}

/** The numbers of the accounts that a statement names, as principals or by a condition on everyone; none where an organization is asked for. */
export function accountsIn({ principals, conditions }: Statement): string[] {
  const others = conditions.filter(({ key }) => FENCES.test(key) && !NAMING.test(key));
  if (others.length > 0 && isFenced({ conditions: others }, FENCES)) return [];
  const names = principals.names.includes("*") ? conditions.flatMap(named) : principals.names;
  return names.flatMap((name) => accountOf(name) ?? []);
}

function named({ key, values }: Condition): readonly string[] {
  return NAMING.test(key) ? values : [];
}

/** The number of the account in an ARN, or the text if it is one. */
function accountOf(text: string | undefined): string | undefined {
  return /(?:^|:)(\d{12})(?::|$)/.exec(text ?? "")?.[1];
}

/** The account of the secret that a policy is for, as far as the program says it; undefined where only its ARN will tell. */
export function ownAccount({ properties }: InspectedResource): string | undefined {
  const keys = ["secretArn", "resourceArn", "arn"];
  return keys.map((key) => accountOf(textOf(at(properties, key)))).find(Boolean);
}

/** The same with the whole stack known: by the ARN that the resource, or the secret that its policy is for, has by then. */
export function ownAccountInStack(resource: InspectedResource): string | undefined {
  const { outputs, stack = [], surroundings } = resource;
  const sources = ["secretArn", "resourceArn"].flatMap((key) => surroundings.sources?.[key] ?? []);
  const secrets = stack.filter(({ type, name }) =>
    sources.some((source) => source.type === type && source.name === name),
  );
  const arns = [outputs, ...secrets.map((secret) => secret.outputs)].map((from) =>
    accountOf(textOf(at(from, "arn"))),
  );
  return ownAccount(resource) ?? arns.find(Boolean);
}
