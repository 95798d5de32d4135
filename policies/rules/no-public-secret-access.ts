import * as z from "zod";
import { at, leaves, textOf } from "../leaves";
import { rule } from "../rule";

/** Grants on secrets, and grants of a project that open its secrets too. */
const SECRETS = /^gcp:secretmanager\/\w*[sS]ecretI(?:AM|am)(?:Member|Binding|Policy):/;
const WIDE = /^gcp:(?:projects|folder|organizations)\/i(?:AM|am)(?:Member|Binding|Policy):/;
const EVERYONE = /\ball(?:Authenticated)?Users\b/;

/** No secret is readable by everyone, nor by everyone with any account. */
export const noPublicSecretAccess = rule({
  id: "no-public-secret-access",
  title: "No public access to secrets",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["AC-3", "AC-14"],
    soc2: ["CC6.1", "CC6.6"],
    pciDss: ["7.2.1", "1.4.1"],
  },
  description:
    "allUsers is everyone on the internet, and allAuthenticatedUsers everyone with any Google account: the secret is published.",
  remediation:
    "grant the role to the service accounts that need the secret, each by its own member; then rotate the secret, since it may have been read.",
  settings: z.object({}),
  types: (type) => SECRETS.test(type) || WIDE.test(type),

  *check({ type, properties }) {
    const role = textOf(at(properties, "role"));
    if (!SECRETS.test(type) && role !== undefined && !role.includes("secretmanager")) return;
    for (const name of ["member", "members", "policyData"]) {
      const granted = at(properties, name);
      if (granted === undefined) continue;
      for (const leaf of leaves(granted)) {
        const text = textOf(leaf) ?? "";
        const open = name === "policyData" ? opensSecrets(type, text) : EVERYONE.test(text);
        if (open) yield { path: leaf.path, detail: "everyone may use the role" };
      }
    }
  },
});

function opensSecrets(type: string, policy: string): boolean {
  return EVERYONE.test(policy) && (SECRETS.test(type) || policy.includes("roles/secretmanager."));
}
