import { SecretDeclaration } from "../../../components";
import type { Issuer } from "../../../components";
import { SecretText } from "../../../components/secret-text";

/** Stands in every value that must not come out anywhere. */
export const CANARY = "canary0of0a0key";

/** An externally issued secret of that issuer. */
export function issuedBy(
  issuer?: Issuer,
  more: Partial<SecretDeclaration> = {},
): SecretDeclaration {
  return {
    ...{ name: "ISSUED_KEY", class: "external-key", system: "example", group: "external" },
    ...{ accepts: "one", source: "external", stores: [], consumers: [] },
    ...{ interruption: "none", interruptionInOneUpdate: "none" },
    ...(issuer === undefined ? {} : { issuer }),
    ...more,
  };
}

/** Parts as a probe takes them. */
export function parts(values: Readonly<Record<string, string>>): Record<string, SecretText> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, new SecretText(value)]),
  );
}
