/** Where in a store a value was taken in, past the program: at an entry that only the program and its operators read. */
export type IntakePlace =
  /** A path of Vault's, one a generation. */
  | { readonly store: "vault-kv"; readonly mount: string; readonly path: string }
  /** A version of an entry in AWS Secrets Manager. */
  | { readonly store: "aws-secrets-manager"; readonly entry: string; readonly version: string };

/** The field of a path of Vault's that holds the value. */
export const INTAKE_FIELD = "value";

/**
 * Reads a reference of `rekey:external`: `secret/data/project/prod/intake/smtp-key/g5` in Vault, `<ARN>|<version id>` in AWS. Undefined for
 * everything else.
 */
export function placeOfIntake(reference: string): IntakePlace | undefined {
  const [, entry, version] = /^(arn:[^|]+)\|([^|]+)$/.exec(reference) ?? [];
  if (entry !== undefined && version !== undefined)
    return { store: "aws-secrets-manager", entry, version };
  const [, mount, path] = /^([^|]+?)\/data\/([^|]+)$/.exec(reference) ?? [];
  if (mount !== undefined && path !== undefined) return { store: "vault-kv", mount, path };
  return undefined;
}

/** The entry beside a secret's own one where its values are taken in: `project/prod/intake/smtp-key` for `project/prod/smtp-key`. */
export function intakeEntryOf(entry: string): string {
  const at = entry.lastIndexOf("/") + 1;
  return `${entry.slice(0, at)}intake/${entry.slice(at)}`;
}
