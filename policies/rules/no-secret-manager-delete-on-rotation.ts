import * as z from "zod";
import { at, isAbsent, textOf } from "../leaves";
import { rule } from "../rule";

const TYPES: readonly string[] = [
  "gcp:secretmanager/secretVersion:SecretVersion",
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
];
const SAFE: readonly string[] = ["DISABLE", "ABANDON"];

/** A rotation never destroys a version: who still reads it, or rolls back to it, would be cut off for good. */
export const noSecretManagerDeleteOnRotation = rule({
  id: "no-secret-manager-delete-on-rotation",
  title: "No rotation destroys a version in Secret Manager",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["SC-12(1)"],
    soc2: ["A1.2", "CC6.1"],
  },
  description:
    "By default the provider destroys a version when its resource is replaced or removed: consumers that are pinned to it stop, and nothing brings it back.",
  remediation:
    'set deletionPolicy: "DISABLE" on the version (or "ABANDON", which leaves it readable) and apply that in an update of its own before the next rotation, since the policy in the state is the one that counts.',
  settings: z.object({}),
  types: TYPES,

  *check(resource) {
    const policy = at(resource.properties, "deletionPolicy");
    if (SAFE.includes(textOf(policy) ?? "")) return;
    const path = ["deletionPolicy"];
    if (isAbsent(policy))
      yield { path, detail: "it is not set, so the default DELETE destroys the version" };
    else if (policy.kind === "unknown")
      yield { path, detail: "it is not known in a preview; give it as a literal" };
    else yield { path, detail: "it is neither DISABLE nor ABANDON" };
  },
});
