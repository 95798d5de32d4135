import * as z from "zod";
import {
  SECRET_POLICIES,
  accountsIn,
  grantsIn,
  openToAll,
  ownAccount,
  ownAccountInStack,
} from "../foreign-accounts";
import { Finding, InspectedResource, rule } from "../rule";

const settings = z.object({
  trustedAccounts: z
    .array(z.string().regex(/^\d{12}$/))
    .default([])
    .describe(
      "Numbers of foreign accounts that may be named in a secret's policy. Where the secret's own is not known yet, it must be among them.",
    ),
});

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
    "A principal of * in a resource policy is every account of the cloud, and one of another account is whoever that account lets in.",
  remediation:
    "name the roles of the secret's own account that read it by their ARNs; for a whole organization add a condition on aws:PrincipalOrgID, and list foreign accounts in trustedAccounts of this policy's configuration.",
  settings,
  types: SECRET_POLICIES,

  *check(resource, { trustedAccounts }): Generator<Finding> {
    for (const statement of grantsIn(resource)) {
      const detail = openToAll(statement);
      if (detail) yield { path: ["policy"], detail };
    }
    yield* foreign(resource, ownAccount(resource), trustedAccounts);
  },

  /** The account of a secret that the stack makes shows when the secret is there. */
  *checkInStack(resource, { trustedAccounts }): Generator<Finding> {
    if (ownAccount(resource) === undefined && trustedAccounts.length === 0)
      yield* foreign(resource, ownAccountInStack(resource), trustedAccounts);
  },
});

function* foreign(
  resource: InspectedResource,
  own: string | undefined,
  trusted: readonly string[],
): Generator<Finding> {
  if (own === undefined && trusted.length === 0) return;
  for (const statement of grantsIn(resource))
    if (accountsIn(statement).some((account) => account !== own && !trusted.includes(account)))
      yield { path: ["policy"], detail: "the policy allows an account that is not trusted" };
}
