import { z } from "zod";
import { at } from "../leaves";
import { Statement, statementsOf } from "../policy-documents";
import { rule } from "../rule";

const settings = z.object({
  trustedAccounts: z
    .array(z.string().regex(/^\d{12}$/))
    .default([])
    .describe(
      "Account numbers that may be named in a secret's policy; if any is given, every other one is a stranger.",
    ),
});

/** Conditions that keep strangers out although the principal is everyone. */
const FENCED =
  /aws:(?:PrincipalOrgI[Dd]|PrincipalOrgPaths|SourceAccount|SourceArn|PrincipalAccount|PrincipalArn)/i;

/** The policy of a secret lets no stranger in. */
export const noStrangerInSecretPolicy = rule({
  id: "no-stranger-in-secret-policy",
  title: "No stranger in the policy of a secret",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["AC-3", "AC-6"],
    soc2: ["CC6.1", "CC6.6"],
    pciDss: ["7.2.1", "1.4.1"],
  },
  description:
    "A principal of * in a resource policy is every account of the cloud, not only your own.",
  remediation:
    "name the roles that read the secret by their ARNs; for a whole organization add a condition on aws:PrincipalOrgID, and list foreign accounts in trustedAccounts of this policy's configuration.",
  settings,
  types: [
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:secretsmanager/secret:Secret",
    "aws:ssm/resourcePolicy:ResourcePolicy",
  ],

  *check({ properties }, { trustedAccounts }) {
    const policy = at(properties, "policy");
    if (policy === undefined) return;
    for (const statement of statementsOf(policy)) {
      const detail = problem(statement, trustedAccounts);
      if (detail) yield { path: policy.path, detail };
    }
  },
});

function problem(
  { allows, principals, inverted, conditions }: Statement,
  trusted: readonly string[],
): string | undefined {
  if (!allows || FENCED.test(JSON.stringify(conditions))) return undefined;
  if (inverted && principals.length === 0)
    return "the policy allows everyone that it does not name";
  if (principals.includes("*")) return "the policy allows every account of the cloud";
  const accounts = principals.flatMap((one) => /(?:^|:)(\d{12})(?::|$)/.exec(one)?.[1] ?? []);
  return trusted.length > 0 && accounts.some((account) => !trusted.includes(account))
    ? "the policy allows an account that is not trusted"
    : undefined;
}
