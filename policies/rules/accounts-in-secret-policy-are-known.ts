import * as z from "zod";
import { SECRET_POLICIES, accountsIn, grantsIn, ownAccountInStack } from "../foreign-accounts";
import { rule } from "../rule";

const settings = z.object({
  trustedAccounts: z
    .array(z.string().regex(/^\d{12}$/))
    .default([])
    .describe("Numbers of accounts that may be named in a secret's policy; the same as there."),
});

/** Tells which policies of secrets name accounts that could not be compared with the secret's own. */
export const accountsInSecretPolicyAreKnown = rule({
  id: "accounts-in-secret-policy-are-known",
  title: "Accounts in the policy of a secret are known",
  severity: "low",
  enforcementLevel: "advisory",
  frameworks: {
    nist80053: ["AC-3", "CA-7"],
    soc2: ["CC6.1"],
    pciDss: ["7.2.1"],
  },
  description:
    "Before a secret is there, nobody can tell whether the accounts in its policy are its own or strangers: no-stranger-in-secret-policy lets them pass.",
  remediation:
    "compare the account numbers in the policy with the one that the stack runs in, and list those that belong there in trustedAccounts of no-stranger-in-secret-policy and of this policy.",
  settings,
  types: SECRET_POLICIES,

  *checkInStack(resource, { trustedAccounts }) {
    if (ownAccountInStack(resource) !== undefined) return;
    for (const statement of grantsIn(resource))
      if (accountsIn(statement).some((account) => !trustedAccounts.includes(account)))
        yield {
          path: ["policy"],
          detail: "the policy names an account, and the secret's own is not known yet",
        };
  },
});
