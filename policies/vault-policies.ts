/** One `path` block of a Vault policy. */
export interface VaultGrant {
  /** It reads or writes, and covers more than one system's part of a mount. */
  readonly wide: boolean;
}

const BLOCK = /\bpath\s+"([^"]{1,512})"\s*\{([^}]{0,2000})\}/g;
const OPENS = /"(?:read|list|create|update|patch|sudo|write)"/;
/** Paths of Vault itself that no secret stands under. */
const OWN =
  /^(?:auth\/token\/|sys\/(?:mounts|capabilities|leases|health|internal)|identity\/|cubbyhole\/)/;

/** The grants of a policy in HCL. Comments are left out. */
export function vaultGrants(policy: string): VaultGrant[] {
  const bare = policy.replace(/^\s*(?:#|\/\/).*$/gm, "");
  return [...bare.matchAll(BLOCK)].map(([, path = "", body = ""]) => ({
    wide: isWide(path) && OPENS.test(body) && !body.includes('"deny"'),
  }));
}

/** A path whose wildcard comes before the name of a system: `*`, `secret/*`, `secret/data/*`, `+/data/app`. */
function isWide(path: string): boolean {
  if (OWN.test(path) || !/[*+]/.test(path)) return false;
  const steps = path.split("/").filter((step) => step !== "");
  const first = steps.findIndex((step) => /^\+$|\*/.test(step));
  const named = steps
    .slice(0, first)
    .filter(
      (step, index) => index > 0 && !/^(?:data|metadata|delete|undelete|destroy)$/.test(step),
    );
  const begun = (steps[first] ?? "").replace(/[*+].*$/, "") !== "" && first > 0;
  return named.length === 0 && !begun;
}
